"""How requests are counted: the limit item and strategy given to Flask-Limiter, the store behind them, and reading
what was used. The figures come from `domain.limit_policy`; here they are only held against the counts."""
