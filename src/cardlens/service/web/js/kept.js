// The list survives a reload: IndexedDB, on this device only.
const NAME = "cardlens", STORE = "rows";

const opened = new Promise((done) => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
  request.onsuccess = () => done(request.result);
  request.onerror = () => done(null); // a private window may have none: the list then lasts as long as the page
});

async function change(work) {
  const database = await opened;
  if (database) work(database.transaction(STORE, "readwrite").objectStore(STORE));
}

export const keep = (row) => change((store) => store.put(row));
export const forget = (id) => change((store) => store.delete(id));
export const forgetAll = () => change((store) => store.clear());

export async function kept() {
  const database = await opened;
  if (!database) return [];
  return new Promise((done) => {
    const request = database.transaction(STORE).objectStore(STORE).getAll();
    request.onsuccess = () => done(request.result);
    request.onerror = () => done([]);
  });
}
