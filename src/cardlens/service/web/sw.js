// The page, kept so that it opens without the service. Photos and answers are never kept here.
const CACHE = "cardlens-__VERSION__";
const FILES = __FILES__;
const INDEX = "/v1/card-index";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then(keepAll).then(() => self.skipWaiting()));
});

/** The page, and the cards to search in, which a browser that is not let in yet gets later. */
async function keepAll(cache) {
  await cache.addAll(FILES);
  await cache.add(INDEX).catch(() => {});
}

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const ours = url.origin === location.origin && event.request.method === "GET";
  if (ours && (FILES.includes(url.pathname) || url.pathname === INDEX)) {
    event.respondWith(freshOrKept(event.request, url.pathname));
  }
});

async function freshOrKept(request, path) {
  const cache = await caches.open(CACHE);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(path, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await cache.match(path);
    if (kept) return kept;
    throw error;
  }
}

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}
