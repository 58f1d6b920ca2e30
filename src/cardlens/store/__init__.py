"""The store: data sets and models in the seed's tree, in a bucket or a folder, with versions that stay as they are.

How it hangs together, from the bottom up:

- `address.open_store(url)` gives a `Store` (`objects.py`) for `s3://bucket/prefix`, a folder or `memory://`. It reads,
  lists, and writes bytes; `create` refuses what exists, `replace` refuses what somebody else has changed. A
  `FolderStore` (`folder.py`) keeps the same promises on a disk. Every error is a `StoreError` of one line (`errors.py`,
  `faults.py`).
- `layout.py` names the data sets and where each lies: `dataset("reference")` is `data/reference/`.
- A version is an immutable `Manifest` (`manifest.py`): each file's path, size, SHA-256 and S3 version id, its parents,
  its notes. It is written once, by conditional creation, to `<data set>/.cardlens/versions/<version>.json`.
- A `Pointer` (`pointer.py`, `<data set>/.cardlens/current.json`) says which version is current, who is publishing, what
  has happened. It changes only by conditional writes: of two who publish at once one wins and the other is told.
- `publish.py` plans and publishes a version from a local tree; `pull.py` plans and fetches one into it; `switch.py`
  puts a fetched database in place in one step and takes it back, `versions_here.py` checks it before; `local.py` knows
  the digests of local files.
- `verify.py` reads every byte; `inventory.py`, `status.py` and `chronicle.py` compute the tables; `source.py` knows
  where the bytes of each version are, `again.py` puts them back: for `rollback.py`, `heal.py` and `restore.py`.
  `places.py` records where they then are, `places_found.py` makes that record again. `history.py` reads versions one by
  one, so that a broken record hides no other. `adopt.py` records a tree of other making. `backup.py`, `snapshot.py`,
  `retention.py`, `restore.py` and `drill.py` are for the day when something is lost.

For other parts of cardlens:

    store = open_store("s3://bucket/prefix")
    store.read("models/registry/7.json", limit=100_000)   # -> Found(content, tag), or None where there is none
    store.create(path, content)                           # raises AlreadyThere
    store.replace(path, content, found.tag)               # raises Outdated
    store.put(path, content); store.list("models/"); store.delete(path)
    store.send(path, file); store.fetch(path, file, sha256=..., size=...)   # large files, streamed
    store.chunks(path)                                    # -> Iterator[bytes]

    tree = LocalTree(root)                                # `<root>/data/reference/`, `<root>/models/…`
    publish(store, plan_publishing(store, dataset("reference"), tree), tree, Release("v2.1", "Metadata fix"))
    pull(store, plan_pulling(store, dataset("reference"), tree, version=None), tree)
    Switch(tree, dataset("reference")).in_use; .use("v2.0"); .previous()
    current(store, dataset("reference"))                  # -> Manifest, or None (survey.py)
    load_manifest(store, dataset("reference"), "v2.0")    # -> Manifest
"""
