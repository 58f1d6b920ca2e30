"""What `cardlens store … --help` shows as examples."""

EXAMPLES = """\
Examples:

  cardlens store status --store s3://my-bucket/cards

  cardlens store push reference --title 'Scarlet & Violet' --apply

  cardlens store pull reference models --apply

  cardlens store verify

The store is --store, or else CARDLENS_STORE, or else $XDG_DATA_HOME/cardlens/store.
"""
STATUS_EXAMPLES = """\
Examples:

  cardlens store status

  cardlens store status reference --store s3://my-bucket/cards --json
"""
PULL_EXAMPLES = """\
Examples:

  cardlens store pull reference                        (says what it would do)

  cardlens store pull reference models --apply

  cardlens store pull raw --set 'sv*' --apply

  cardlens store pull reference --version v2.0 --apply
"""
PUSH_EXAMPLES = """\
Examples:

  cardlens store push reference                        (says what it would do)

  cardlens store push reference --title 'Metadata fix' --note 'index.json maps to card ids' --apply

  cardlens store push student --version v2.0 --from raw@v1.0 --from teacher@v1.0 --apply

  cardlens store push raw --delete 'card_images/test-*' --apply
"""
ADOPT_EXAMPLES = """\
Examples:

  cardlens store adopt raw --version v1.0              (says what it would do)

  cardlens store adopt raw --version v1.0 --title 'Original scans' --apply
"""
VERIFY_EXAMPLES = """\
Examples:

  cardlens store verify

  cardlens store verify reference student --json

  cardlens store verify raw --here                     (only the local files)
"""
INVENTORY_EXAMPLES = """\
Examples:

  cardlens store inventory --store s3://my-bucket/cards

  cardlens store inventory --here --json
"""
VERSIONS_EXAMPLES = """\
Examples:

  cardlens store versions                              (the current version of each)

  cardlens store versions reference                    (all of its versions)

  cardlens store versions reference --version v2.0     (what it was made from, what was made from it)
"""
LOG_EXAMPLES = """\
Examples:

  cardlens store log

  cardlens store log reference > CHANGES.md
"""
MARK_EXAMPLES = """\
Examples:

  cardlens store mark reference v2.0 withdrawn
"""
ROLLBACK_EXAMPLES = """\
Examples:

  cardlens store rollback reference                    (this computer uses the version before again)

  cardlens store rollback reference --published        (says what it would do to the store)

  cardlens store rollback reference --published --version v2.0 --note 'v2.1 names Pikachu wrongly' --apply
"""
BACKUP_EXAMPLES = """\
Examples:

  cardlens store backup /mnt/disk/cards                (says what it would copy)

  cardlens store backup s3://backup-bucket/cards --verify --apply

  cardlens store backup /mnt/disk/cards --keep 30 --apply
"""
RESTORE_EXAMPLES = """\
Examples:

  cardlens store restore /mnt/disk/cards --store s3://fresh-bucket/cards

  cardlens store restore /mnt/disk/cards --at 2026-01-11 --store s3://fresh-bucket/cards --apply
"""
HEAL_EXAMPLES = """\
Examples:

  cardlens store heal --from /mnt/disk/cards           (says what is wrong)

  cardlens store heal reference --from /mnt/disk/cards --apply
"""
DRILL_EXAMPLES = """\
Examples:

  cardlens store drill /mnt/disk/cards

  cardlens store drill s3://backup-bucket/cards --scratch s3://scratch-bucket/drill --json
"""
BENCH_EXAMPLES = """\
Examples:

  cardlens store bench --store s3://scratch-bucket/bench

  cardlens store bench --store s3://scratch-bucket/bench --files 200 --large 50000000 --turns 1 --json
"""
