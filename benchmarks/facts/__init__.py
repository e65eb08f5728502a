"""Does the verifier find what was invented, and leave alone what was not?

The cases are data: `cases/*.yaml` holds wordings by kind and sets written by hand, under
`cases/schema.json`. `edits` holds the algorithms that apply a wording to a résumé, `drawing` says
which cases a seed draws, and `python -m benchmarks.facts` asks the verifier about them.
"""
