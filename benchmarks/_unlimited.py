"""The site without the limits of cost, so that hostile requests reach all there is behind them: `gunicorn benchmarks._unlimited:server`."""

from components import limits

limits.COSTS.update(dict.fromkeys(limits.COSTS, limits.Cost(10**9, 1e9)))

from app import server  # noqa: E402

__all__ = ["server"]
