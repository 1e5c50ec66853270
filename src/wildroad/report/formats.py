"""Numbers as the report writes them: three decimals, thousands apart, "n/a" for nothing."""

import math

ABSENT = "n/a"


def score(value: float) -> str:
    """Write a share, score or loss.

    >>> score(0.61234), score(float("nan")), score(0.0002), score(-0.5)
    ('0.612', 'n/a', '<0.001', '−0.500')
    """
    if math.isnan(value):
        return ABSENT
    if 0 < value < 0.0005:
        return "<0.001"
    return f"{value:,.3f}".replace("-", "−")


def count(value: float) -> str:
    """Write a whole number.

    >>> count(11700), count(float("nan"))
    ('11,700', 'n/a')
    """
    return ABSENT if math.isnan(value) else f"{value:,.0f}".replace("-", "−")


def plain(value: float) -> str:
    """Write a number of a column that holds counts and shares: whole numbers without a point.

    >>> plain(3.0), plain(0.15)
    ('3', '0.150')
    """
    whole = math.isnan(value) or value == round(value)
    return count(value) if whole else score(value)


def rate(value: float) -> str:
    """Write a learning rate: as many digits as it needs.

    >>> rate(0.0003), rate(0.1)
    ('0.0003', '0.1')
    """
    return ABSENT if math.isnan(value) else f"{value:.4g}"


def interval(value: float, low: float, high: float) -> str:
    """Write a value with its interval.

    >>> interval(0.6123, 0.5512, 0.6688)
    '0.612 (0.55–0.67)'
    >>> interval(-0.3, -0.35, -0.25)
    '−0.300 (−0.35 to −0.25)'
    >>> interval(0.6123, float("nan"), float("nan"))
    '0.612'
    """
    if math.isnan(value) or math.isnan(low) or math.isnan(high):
        return score(value)
    return f"{score(value)} ({bounds(low, high)})"


def bounds(low: float, high: float) -> str:
    """Write the two ends of an interval.

    >>> bounds(0.5512, 0.6688)
    '0.55–0.67'
    """
    joint = " to " if low < 0 else "–"
    return f"{low:.2f}{joint}{high:.2f}".replace("-", "−")


def percent(value: float) -> str:
    """Write a share as a whole per cent.

    >>> percent(0.654), percent(0.002)
    ('65 %', '<1 %')
    """
    if math.isnan(value):
        return ABSENT
    return "<1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"


def p_value(value: float) -> str:
    """Write the p-value of a test.

    >>> p_value(0.0213), p_value(0.0002)
    ('p = 0.021', 'p < 0.001')
    """
    return "p < 0.001" if value < 0.001 else f"p = {score(value)}"


def readable(name: str) -> str:
    """Write a name as a person does.

    >>> readable("amur_leopard")
    'amur leopard'
    """
    return name.replace("_", " ")


def capital(text: str) -> str:
    """Begin a sentence.

    >>> capital("resnet18 overfits")
    'Resnet18 overfits'
    """
    return f"{text[:1].upper()}{text[1:]}"


def domain_title(domain: str) -> str:
    """Write the name of a road domain.

    >>> domain_title("idd")
    'IDD'
    """
    return {"idd": "IDD", "cityscapes": "Cityscapes"}.get(domain, readable(domain))


def sentence_list(items: list[str]) -> str:
    """Join names as a sentence does.

    >>> sentence_list(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
