"""Numbers in a fixed order, moved apart as little as possible: what keeps boxes and lines from touching."""

from collections.abc import Sequence


def apart(wishes: Sequence[float], gaps: Sequence[float], weights: Sequence[float] = ()) -> list[float]:
    """The places closest to the wishes (by least squares) of which each is its gap or more behind the one before.

    ``gaps``: one for each place but the first. ``weights``: how much each wish counts; equally, if left out.
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    blocks: list[tuple[float, float, int]] = []
    for number, wish in enumerate(wishes):
        weight = weights[number] if weights else 1.0
        block = ((wish - offsets[number]) * weight, weight, 1)
        while blocks and blocks[-1][0] / blocks[-1][1] >= block[0] / block[1]:
            total, sum_of_weights, count = blocks.pop()
            block = (total + block[0], sum_of_weights + block[1], count + block[2])
        blocks.append(block)
    means = [total / weight for total, weight, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
