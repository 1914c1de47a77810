"""What is drawn for a split, and what is kept as the publisher has it."""

import itertools

import numpy as np
import pytest

from plion.data.preparing.splits import NONE, assign, group_hash, largest_remainder


def unassigned(count: int) -> np.ndarray:
    return np.full(count, NONE, np.int8)


def hashes(names: list[str]) -> np.ndarray:
    return np.array([group_hash(name) for name in names], np.uint64)


def each_alone(count: int) -> np.ndarray:
    return hashes([f"utterance {number}" for number in range(count)])


def sizes(parts: np.ndarray) -> list[int]:
    return [int((parts == part).sum()) for part in range(3)]


def test_sizes_follow_the_largest_remainder():
    # Quotas 3432.6, 428.7 and 429.7 of SLR65's 4,291: the two largest remainders round up.
    assert largest_remainder(4_291, (3_427, 428, 429)) == [3_432, 429, 430]
    assert largest_remainder(10, (1, 1, 1)) == [4, 3, 3]


@pytest.mark.parametrize(("total", "amounts"), [(4_284, (3_427, 428, 429)), (7, (8, 1, 1))])
def test_everything_is_dealt_where_there_is_no_split(total, amounts):
    dealt = assign(unassigned(total), each_alone(total), amounts)
    assert sizes(dealt) == largest_remainder(total, amounts)


def test_valid_is_drawn_from_train_where_only_it_is_lacking():
    parts = np.array([0] * 632 + [2] * 248, np.int8)
    dealt = assign(parts, each_alone(880), (569, 63, 248))
    assert sizes(dealt) == [569, 63, 248]
    np.testing.assert_array_equal(dealt[632:], 2)


def test_a_complete_split_is_kept():
    parts = np.array([2, 0, 1, 0, NONE], np.int8)
    np.testing.assert_array_equal(assign(parts, each_alone(5), (1, 1, 1)), parts)


def test_beside_a_publishers_train_what_is_in_no_split_stays_out():
    parts = np.array([0] * 20 + [NONE] * 5, np.int8)
    dealt = assign(parts, each_alone(25), (8, 1, 1))
    assert sizes(dealt) == [16, 2, 2]
    np.testing.assert_array_equal(dealt[20:], NONE)


def test_train_and_valid_are_drawn_from_what_is_in_no_split_beside_a_publishers_test():
    parts = np.array([2] * 5 + [NONE] * 20, np.int8)
    dealt = assign(parts, each_alone(25), (9, 1, 100))
    assert sizes(dealt) == [18, 2, 5]


def test_a_test_set_alone_stays_alone():
    parts = np.full(5, 2, np.int8)
    np.testing.assert_array_equal(assign(parts, each_alone(5), (8, 1, 1)), parts)


def test_the_draw_does_not_depend_on_the_order_of_reading():
    groups = hashes([f"speaker {number % 40}" for number in range(400)])
    order = np.random.default_rng(0).permutation(400)
    straight = assign(unassigned(400), groups, (8, 1, 1))
    shuffled = assign(unassigned(400), groups[order], (8, 1, 1))
    np.testing.assert_array_equal(shuffled, straight[order])


def test_the_draw_is_the_same_on_every_machine():
    dealt = assign(unassigned(10), each_alone(10), (5, 2, 3))
    assert dealt.tolist() == [2, 0, 2, 1, 0, 2, 0, 0, 1, 0]


def test_groups_stay_together():
    groups = hashes([f"speaker {number % 7}" for number in range(100)])
    dealt = assign(unassigned(100), groups, (6, 2, 2))
    for group in np.unique(groups):
        assert len(set(dealt[groups == group].tolist())) == 1
    assert min(sizes(dealt)) > 0


def test_sizes_are_reached_exactly_where_whole_groups_can():
    # 2 and 2 of 3+3+2+2+2+7: not those that the order of the hashes would take first.
    counts = {"a": 3, "b": 3, "c": 2, "d": 2, "e": 2, "f": 7}
    groups = hashes([name for name, count in counts.items() for _ in range(count)])
    assert sizes(assign(unassigned(19), groups, (15, 2, 2))) == [15, 2, 2]


def test_the_nearest_size_is_taken_where_groups_do_not_allow_more():
    groups = hashes([f"speaker {number % 10}" for number in range(70)])
    assert sizes(assign(unassigned(70), groups, (50, 10, 10))) == [56, 7, 7]


@pytest.mark.parametrize(("speakers", "expected"), [(1, 1), (2, 2), (3, 3)])
def test_train_comes_first_where_groups_are_few(speakers, expected):
    groups = hashes([f"speaker {number % speakers}" for number in range(30)])
    dealt = sizes(assign(unassigned(30), groups, (8, 1, 1)))
    assert dealt[0] > 0
    assert sum(size > 0 for size in dealt) == expected


def test_exact_amounts_leave_the_rest_in_no_split():
    groups = hashes([f"sentence {number // 3}" for number in range(300)])
    dealt = assign(unassigned(300), groups, (99, 30, 33), exact=True)
    assert sizes(dealt) == [99, 30, 33]
    assert (dealt == NONE).sum() == 300 - 99 - 30 - 33


def test_exact_amounts_become_proportions_where_there_is_too_little():
    dealt = assign(unassigned(50), each_alone(50), (80, 10, 10), exact=True)
    assert sizes(dealt) == [40, 5, 5]


def test_large_parts_are_reached_exactly_too():
    counts = np.random.default_rng(0).integers(1, 60, 3_000)
    groups = np.repeat(hashes([f"speaker {number}" for number in range(3_000)]), counts)
    total = int(counts.sum())
    dealt = assign(unassigned(total), groups, (total - 50_001, 20_000, 30_001))
    assert sizes(dealt) == [total - 50_001, 20_000, 30_001]


def test_a_part_of_single_utterances_is_the_first_ones_of_the_order_however_large():
    names = each_alone(60_000)
    dealt = assign(unassigned(60_000), names, (1, 1, 1))
    order = np.argsort(names)
    np.testing.assert_array_equal(dealt[order], np.repeat([2, 1, 0], 20_000))


@pytest.mark.parametrize("seed", range(20))
def test_no_subset_of_groups_comes_nearer(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 9, 8)
    groups = hashes([f"{seed} {n}" for n, count in enumerate(counts) for _ in range(count)])
    total = int(counts.sum())
    amounts = (total - 5, 0, 5)
    in_order = [int((groups == group).sum()) for group in np.unique(groups)]
    sums = {
        sum(some)
        for length in range(1, len(counts))
        for some in itertools.combinations(in_order[:-1], length)
    }
    test = sizes(assign(unassigned(total), groups, amounts))[2]
    assert abs(test - 5) == min(abs(one - 5) for one in sums)
