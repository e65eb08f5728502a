"""What a request cost, in US dollars.

Own prices come first, then the table of genai-prices, by the address that was asked and else by the
provider. A model that neither knows has no price: the answer is None, so that a report can say
"unknown" and never adds up zeros. A server on one's own machine or network charges nothing per
token, but its model is not free either; it too is None unless priced.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tailor_lab.data_files import read_data_file
from tailor_lab.llm.completion import Usage
from tailor_lab.settings import shipped


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    input_usd: float
    output_usd: float
    cached_input_usd: float | None = None
    """For input that the provider read from its cache; None: as other input."""
    cache_write_input_usd: float | None = None
    """For input that the provider wrote to its cache; None: as other input."""
    tiers: Mapping[str, float] = field(default_factory=dict)
    """Factors of these prices for tiers of service, such as `{"batch": 0.5}`."""

    def of(self, usage: Usage, tier: str | None = None) -> float | None:
        """The price of this usage; None for unknown tokens or a `tier` that has no price here.

        >>> Price(0.4, 1.6, 0.1).of(Usage(1_000_000, 500_000, cached_input_tokens=200_000))
        1.14
        >>> Price(0.4, 1.6, tiers={"batch": 0.5}).of(Usage(1_000_000), "batch")
        0.2
        """
        factor = 1.0 if _is_standard(tier) else self.tiers.get(str(tier))
        if factor is None or usage.input_tokens is None or usage.output_tokens is None:
            return None
        read, written = usage.cached_input_tokens, usage.cache_write_input_tokens
        of_read = self.input_usd if self.cached_input_usd is None else self.cached_input_usd
        of_write = (
            self.input_usd if self.cache_write_input_usd is None else self.cache_write_input_usd
        )
        fresh = max(0, usage.input_tokens - read - written)
        total = fresh * self.input_usd + read * of_read + written * of_write
        return (total + usage.output_tokens * self.output_usd) * factor / 1e6


def cost_usd(
    usage: Usage,
    model: str,
    *,
    provider: str | None = None,
    address: str | None = None,
    own: Mapping[str, Price] | None = None,
    tier: str | None = None,
) -> float | None:
    """US dollars for this usage, or None where no price is known.

    `provider` and `address` say whose prices hold: "offline" costs nothing, "local" has no price.
    `tier` is the tier of service, such as "batch" or "flex".

    >>> cost_usd(Usage(1000, 100), "gpt-4.1-mini", provider="openai")
    0.00056
    >>> cost_usd(Usage(1000, 100), "gpt-4.1-mini", provider="openai", tier="batch")
    0.00028
    >>> cost_usd(Usage(1000, 100), "our-own-model", provider="local") is None
    True
    """
    if usage.total_tokens is None:
        return None
    price = (own or {}).get(model)
    if price is not None:
        return price.of(usage, tier)
    if provider == "offline":
        return 0.0
    if provider == "local" or not (provider or address):
        return None
    by_address = _listed(usage, model, tier, provider_api_url=address) if address else None
    if by_address is not None or not provider:
        return by_address
    return _listed(usage, model, tier, provider_id=provider)


@lru_cache(maxsize=1)
def service_tiers() -> Mapping[str, Mapping[str, str]]:
    """Tiers of service, each with the words by which the table of prices knows it."""
    folder = shipped("data/models")
    data = read_data_file(folder / "providers.yaml", folder / "providers.schema.json")
    tiers: Mapping[str, Mapping[str, str]] = data["service_tiers"]
    return tiers


def service_tier(body: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
    """The tier of service by which an answer is charged: the one that the server named, if any.

    `body` is the answer's, `params` what the request asked for.
    """
    named = body.get("service_tier") or params.get("service_tier")
    return named if isinstance(named, str) else None


def _listed(
    usage: Usage,
    model: str,
    tier: str | None,
    *,
    provider_id: str | None = None,
    provider_api_url: str | None = None,
) -> float | None:
    """By the table of genai-prices; None where it does not list the model, or not in this tier."""
    from genai_prices import Usage as Priced
    from genai_prices import calc_price

    written = usage.cache_write_input_tokens
    context = None if _is_standard(tier) else service_tiers()[str(tier)]
    where: dict[str, Any] = (
        {"provider_api_url": provider_api_url} if provider_api_url else {"provider_id": provider_id}
    )
    if context is not None:
        where["price_context"] = context
    try:
        priced = calc_price(
            Priced(
                input_tokens=max(usage.input_tokens or 0, usage.cached_input_tokens + written),
                output_tokens=usage.output_tokens,
                cache_read_tokens=usage.cached_input_tokens,
                **({"cache_write_tokens": written} if written else {}),
            ),
            model,
            **where,
        )
    except (LookupError, ValueError):
        return None
    except TypeError:
        if context is None:
            raise
        # The oldest version allowed knows no tiers.
        return None
    if context is not None and not _knows(priced.model, context):
        return None
    return float(priced.total_price)


def _knows(model: Any, context: Mapping[str, str]) -> bool:
    """Whether the table lists prices of a model for a tier: it gives the standard ones if not."""
    variants = getattr(model, "price_variants", None) or ()
    return any(
        all(context.get(key) == value for key, value in variant.when.items())
        for variant in variants
    )


def _is_standard(tier: str | None) -> bool:
    """Whether a tier is charged as usual: servers have many words for that."""
    return tier is None or tier not in service_tiers()
