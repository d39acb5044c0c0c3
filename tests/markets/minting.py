"""A debt-minting market in a small world, every operation audited."""

from tests.vectors.adapters.minting import CHAIN, FEED, MARKET, MintingWorld

__all__ = ["CHAIN", "FEED", "MARKET", "Bench"]


class Bench(MintingWorld):
    """World with one market; :meth:`do` performs, checks the audit and returns the receipt, :meth:`must` also that it went through."""

    def __init__(self, kind, price, funds, start=1_700_000_000.0, **params):
        super().__init__(start)
        self.post(price)
        self.market = kind(self.world, MARKET, CHAIN, kind.Params.read(params))
        self.world.add(self.market)
        for name, tokens in funds.items():
            for token, amount in tokens.items():
                self.ledger.register(token)
                self.fund(name, token, amount)

    def sound(self):
        broken = self.world.audit()
        assert not broken, [str(identity) for identity in broken]

    def do(self, name, *actions):
        receipt = self.execute(name, *actions)
        self.sound()
        return receipt

    def must(self, name, *actions):
        receipt = self.do(name, *actions)
        assert receipt.ok, receipt.reason
        return receipt.results

    def refused(self, name, reason, *actions):
        receipt = self.do(name, *actions)
        assert not receipt.ok
        assert receipt.reason.partition(":")[0] == reason, receipt.reason

    def row(self, name):
        return self.market.book.find(self.account(name))

    def offers(self, name):
        return self.market.offers(self.row(name))

    def balances(self, name, *tokens):
        return [self.held(name, token) for token in tokens]

    def settles(self, name, offer, size):
        """Take an offer and check that it settles as quoted; returns the quote."""
        quote = offer.quote(size)
        tokens = {token for token in (offer.pays, offer.gives, offer.reward_token) if token}
        before = {token: self.held(name, token) for token in tokens}
        self.must(name, offer.action(size))
        change = {token: self.held(name, token) - before[token] for token in tokens}
        expected = dict.fromkeys(tokens, 0.0)
        for token, amount in ((offer.pays, -quote.paid), (offer.gives, quote.received), (offer.reward_token, quote.reward)):
            if token:
                expected[token] += amount
        for token in tokens:
            assert abs(change[token] - expected[token]) <= 1e-9 * max(1.0, abs(expected[token])), (token, change, expected)
        return quote

    def settles_bid(self, name, offer, size):
        """Bid and check that what is paid is what was quoted (what is won comes later); returns what was paid."""
        quote, before = offer.quote(size), self.held(name, offer.pays)
        self.must(name, offer.action(size))
        paid = before - self.held(name, offer.pays)
        assert abs(paid - quote.paid) <= 1e-9 * max(1.0, quote.paid)
        return paid
