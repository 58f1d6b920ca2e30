"""Beyond one machine: the same work on many, by Ray, with the same results; needs the extra `scale`.

How it hangs together, from the bottom up:

- A `Work` (`work.py`) says what is done with the items of a batch: `naming.py` names photos, `embedding.py` looks at
  scans, `scan_looks.py` and `scenes.py` make data sets, `bench.py` measures. It travels to the workers; each
  opens its own models.
- A `Plan` (`plan.py`) lists the items once, in order, each with what changes when its input does (`inputs.py`), and
  cuts them into numbered batches.
- A `Ledger` (`ledger.py`) is a folder or a prefix of a bucket that holds the plan and one Parquet file a batch. A file
  is created whole and once: who comes second finds it there. What is there is never done again.
- `engine.py` runs the batches that are not there yet on a pool of actors of Ray Data.
- `rounds.py` plans what came or changed since, where parts only lead to a database or data set.
- `answers.py` reads answers back in order; `database.py` and `dataset.py` make one database or data set of the parts.
"""
