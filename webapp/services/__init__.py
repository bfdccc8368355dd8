"""Use cases: plain values in, one transaction, a result or a named refusal out.

A use case has a verb name, is called from outside and commits once; it is `@retried`, so its body may run more often.
A step begins with `add_` or `new_` and never commits. Look-ups begin with `get_`, `find_` or `list_` and change
nothing.
"""
