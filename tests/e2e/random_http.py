"""What both versions of HTTP have in random conversations."""
UP, DOWN = True, False


class Chance:
    """Choices of a random.Random, as conversations need them."""

    def __init__(self, random):
        self.random = random
        self.choice, self.below = random.choice, random.randrange

    def one_in(self, number):
        return self.below(number) == 0

    def few(self, most):
        return range(self.below(most + 1))

    def text(self, of, least, most):
        return bytes(self.random.choices(of, k=self.random.randint(least, most)))

    def content(self):
        """Mostly short, now and then several records."""
        return self.random.randbytes(self.below(self.choice((1, 30, 300, 300, 300, 40_000))))

    def cut(self, octets, largest):
        """In pieces of 1 to `largest`."""
        pieces = []
        while octets:
            size = self.random.randint(1, largest)
            pieces.append(octets[:size])
            octets = octets[size:]
        return pieces
