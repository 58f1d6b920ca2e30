"""One run that measures cardlens and what it is measured against. Needs the extra `train`.

Start reading in `run`. `contender` is the port that every method of naming cards implements, one small file each in
`contenders`; `crops` and `photos` ask them all the same; `strangers`, `reliability`, `growth` and `cost` measure what
the answers are worth; `targets` says what must be reached; `report` writes it down.
"""
