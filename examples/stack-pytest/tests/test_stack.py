import pytest

from stack import EmptyStack, Stack, describe


@pytest.fixture
def stack():
    return Stack([1, 2, 3])


def test_pushes(stack):
    stack.push(4)
    assert len(stack) == 4


def test_pops_from_the_top(stack):
    assert [stack.pop(), stack.pop()] == [3, 2]


def test_iterates_from_the_top(stack):
    assert list(stack) == [3, 2, 1]


def test_does_not_share_its_items():
    items = [1]
    Stack(items).push(2)
    assert items == [1]


def test_refuses_to_pop_from_an_empty_stack():
    with pytest.raises(EmptyStack):
        Stack().pop()
    with pytest.raises(IndexError):
        Stack().pop()


@pytest.mark.parametrize("count", [0, 1, 100])
def test_counts(count):
    assert len(Stack(range(count))) == count


def test_describes(stack, capsys):
    describe(stack)
    assert capsys.readouterr().out == "3\n2\n1\n"
