"""What a request cost, in US dollars.

Own prices come first, then the table of genai-prices. A model that neither knows has no price: the
answer is None, so that a report can say "unknown" and never adds up zeros. A server on one's own
machine charges nothing per token, but its model is not free either; it too is None unless priced.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tailor_lab.llm.completion import Usage


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    input_usd: float
    output_usd: float
    cached_input_usd: float | None = None
    """For input that the provider read from its cache; None: as other input."""

    def of(self, usage: Usage) -> float:
        """The price of this usage.

        >>> Price(0.4, 1.6, 0.1).of(Usage(1_000_000, 500_000, cached_input_tokens=200_000))
        1.14
        """
        cached = self.input_usd if self.cached_input_usd is None else self.cached_input_usd
        fresh = (usage.input_tokens or 0) - usage.cached_input_tokens
        total = fresh * self.input_usd + usage.cached_input_tokens * cached
        return (total + (usage.output_tokens or 0) * self.output_usd) / 1e6


def cost_usd(
    usage: Usage,
    model: str,
    *,
    provider: str,
    own: Mapping[str, Price] | None = None,
) -> float | None:
    """US dollars for this usage, or None where no price is known.

    >>> cost_usd(Usage(1000, 100), "gpt-4.1-mini", provider="openai")
    0.00056
    >>> cost_usd(Usage(1000, 100), "our-own-model", provider="local") is None
    True
    """
    if usage.total_tokens is None:
        return None
    price = (own or {}).get(model)
    if price is not None:
        return price.of(usage)
    if provider == "offline":
        return 0.0
    if provider == "local":
        return None
    from genai_prices import Usage as Priced
    from genai_prices import calc_price

    try:
        priced = calc_price(
            Priced(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cache_read_tokens=usage.cached_input_tokens,
            ),
            model,
            provider_id=provider,
        )
    except LookupError:
        return None
    return float(priced.total_price)
