"""The contract of a bridge: one object that stands on two or more chains, and the messages on their way between them."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from model.bridges.limit import RateLimit
from model.bridges.message import Message as Message
from model.bridges.message import Transit as Transit
from model.bridges.params import BridgeParams
from model.core.actions import ALL, Collect
from model.core.actions import Bridge as Send
from model.core.errors import Refused
from model.core.journal import Register
from model.core.registry import Plugin
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.mail import Mail
from model.world.target import Call

if TYPE_CHECKING:
    from model.core.actions import Govern
    from model.world.world import World


class Bridge(Plugin, Mail, family="bridges"):
    """A bridge in place for one token: ``tokens`` names it on each chain. One object and one account number stand on all its chains, so
    that ``world.target(name, chain)`` finds it from each, and an action's ``call.chain`` says where it was asked.

    Verbs: ``bridge`` (send; returns what the recipient will get), ``collect`` (what waits for the sender here), ``govern``. A message has
    a number and is processed once: late, twice or out of order it neither creates nor loses value. Arrivals happen at their second
    (``next_due``, ``settle``), after the halt of a chain or of the bridge where one lasts.

    A kind implements ``quote`` (pure), ``_depart`` (books on the chain of departure), ``_arrive`` (books on arrival; returns what was
    paid, the rest stays owed) and ``audit``; and of the failures those that it can suffer, which it lists in ``failures``. Failures are
    called by shocks, outside of transactions: ``halt``, ``resume``, ``drain``, ``mint_unbacked``, ``allocate_loss``, and for messages
    ``deliver``, ``postpone`` and ``disturb``.

    What is owed is paid first come, first served, by the time of sending. What the recipient may not hold when it arrives waits for their
    ``collect``. Of a message to an account of the model's machinery (``not_a_holder``), or to one that may not hold the token
    (``not_admitted``), nothing departs.

    Raises ``Refused``: ``no_route``, ``invalid_amount``, ``paused``, ``halted``, ``rate_limited``, ``not_a_holder``, ``not_admitted``,
    ``not_possible`` and a kind's own.
    """

    verbs = frozenset({"bridge", "collect", "govern"})
    failures: ClassVar[frozenset[str]] = frozenset({"halt"})
    """Failures that the kind can suffer: of ``halt``, ``drain``, ``mint_unbacked`` and ``allocate_loss``, the methods that it has."""
    mints_at_home: ClassVar[bool] = False
    """Whether an unbacked mint can appear on the token's home chain too."""
    Params = BridgeParams
    params: BridgeParams
    messages: Register[int, Message]

    def __init__(self, world: World, name: str, params: Any) -> None:
        Mail.__init__(self, world, name, params.home, world.accounts.open(f"bridge {name}"))
        self.open_mail()
        self.params = params
        self.tokens: dict[str, str] = {params.home: params.token, **params.forms}
        self.treasury = world.accounts.open(f"treasury {name}")
        self.governors: tuple[int, ...] = ()
        self.halted_until = -math.inf
        self._limit = RateLimit(world.journal)
        self.ledgers = {chain: world.open_ledger(chain) for chain in self.tokens}
        for chain, token in self.tokens.items():
            self.ledgers[chain].register(token)

    @property
    def chains(self) -> tuple[str, ...]:
        """Chains that it stands on, the token's home first."""
        return tuple(self.tokens)

    def open_reserves(self) -> None:
        """Genesis, when all tokens stand: pools and inventories are filled."""

    def open_native(self) -> None:
        """Genesis, when everybody has been endowed: tokens of other chains that are forms get their backing."""

    @abstractmethod
    def quote(self, from_chain: str, to_chain: str, amount: float) -> Transit:
        """What a crossing of ``amount`` would get and how long it would take now; changes nothing.

        Raises:
            Refused: why it would be refused.
        """

    def seconds(self, from_chain: str, to_chain: str) -> float:
        """Time of a crossing, a wait for the rate limit not counted."""
        return self.params.seconds(from_chain, to_chain)

    @abstractmethod
    def _depart(self, call: Call, to_chain: str, amount: float, transit: Transit) -> float:
        """Take ``amount`` from the sender; returns what the message owes the recipient."""

    @abstractmethod
    def _arrive(self, message: Message) -> float:
        """Pay the recipient as much of a message as can be paid; returns it."""

    def bridge(self, call: Call, action: Send) -> float:
        """Send tokens to another chain; returns what the recipient will get."""
        token = self.tokens.get(call.chain)
        if token != action.token:
            raise Refused("no_route", f"{action.token} on {call.chain}")
        held = self.ledgers[call.chain].balance(token, call.sender)
        amount = held if action.amount == ALL else action.amount
        transit = self.quote(call.chain, action.to_chain, amount)
        recipient = self._recipient(call, action)
        seconds = self.seconds(call.chain, action.to_chain) + self._wait(call.chain, action.to_chain, amount)
        self._limit.take(self.params, (call.chain, action.to_chain), amount, call.now)
        owed = self._depart(call, action.to_chain, ALL if action.amount == ALL else amount, transit)
        self._send(call, action.to_chain, recipient, owed, seconds)
        return owed

    def collect(self, call: Call, action: Collect) -> float:
        """Collect one message (its number) or all that wait for the sender on this chain; returns the tokens paid. Who is owed since before
        is paid before.
        """
        wanted = [
            message.number
            for message in Bridge.waiting_for(self, call.sender, call.chain)
            if message.due <= call.now and action.item in (None, message.number)
        ]
        if self.halted_until > call.now:
            raise Refused("halted", self.name)
        if not wanted:
            raise Refused("nothing_due", f"{action.item}")
        self.ledgers[call.chain].check_admitted(self.tokens[call.chain], call.sender)
        Bridge.settle(self, call.now)
        return sum(self.deliver(number) for number in wanted)

    def govern(self, call: Call, action: Govern) -> float:
        """Replace parameters by a revalidated copy; returns how many changed. Chains and tokens are fixed at genesis.

        Raises:
            Refused: ``not_a_governor``, ``invalid_parameters``.
        """
        who = self.world.accounts.name(call.sender)
        if self.governors and call.sender not in self.governors:
            raise Refused("not_a_governor", who)
        old = self.params
        self.params = old.governed(dict(action.changes))
        for place, value in action.changes:
            before = str(getattr(old, place.partition(".")[0]))
            self.world.events.emit("governance", call.now, call.chain, self.name, who, place, before, str(value))
        return float(len(action.changes))

    def waiting_for(self, account: int, chain: str | None = None) -> list[Message]:
        """Unprocessed messages to ``account`` (on ``chain``), in order of departure."""
        return [one for one in self.messages.values() if one.recipient == account and chain in (None, one.to_chain)]

    def in_flight(self, to_chain: str | None = None) -> float:
        """Tokens on their way (to a chain), with what cannot be paid yet."""
        return sum(message.amount for message in self.messages.values() if to_chain in (None, message.to_chain))

    def owes(self) -> list[tuple[int, str, float]]:
        """Messages on their way, in tokens of the home chain."""
        return [(message.recipient, self.params.token, message.amount) for message in self.messages.values()]

    def turn(self, message: Message) -> tuple[float, int]:
        """Of what can be processed at the same time, what was sent first comes first."""
        return message.sent, message.number

    def deliver(self, number: int) -> float:
        """Process a message now, early, late or out of order; returns what was paid. Of one that was processed before nothing comes.
        What cannot be paid stays owed to the recipient and waits until there is something to pay it from; what the recipient may not hold
        waits for their ``collect``.
        """
        message: Message | None = self.messages.get(number)
        if message is None:
            return 0.0
        del self.messages[number]
        try:
            paid = self._arrive(message)
        except Refused:
            self.messages[number] = replace(message, due=min(message.due, self.world.clock.now), claimed=True)
            return 0.0
        rest = message.amount - paid
        if rest > 1e-12 * message.amount:
            self.messages[number] = replace(message, amount=rest, due=math.inf, claimed=False)
        if paid > 0.0 or rest <= 1e-12 * message.amount:
            self._note(number, "arrived", paid, message.to_chain)
        return paid

    def halt(self, until: float = math.inf) -> None:
        """Nothing departs and nothing arrives before ``until`` (seconds)."""
        self.halted_until = max(self.halted_until, until)
        self.world.board.changed()

    def resume(self) -> None:
        """End a halt."""
        self.halted_until = -math.inf
        self.world.board.changed()

    def drain(self, amount: float, to: int = OUTSIDE) -> float:
        """Failure: up to ``amount`` of what stands behind the bridge goes to account ``to`` on its chain; returns what went."""
        raise Refused("not_possible", f"drain of {self.name}")

    def mint_unbacked(self, chain: str, amount: float, to: int = OUTSIDE) -> float:
        """Failure: ``amount`` is minted on ``chain`` to account ``to`` with nothing behind it; returns it."""
        raise Refused("not_possible", f"unbacked mint by {self.name}")

    def allocate_loss(self, rule: str | None = None) -> float:
        """Let the hole be borne by ``rule`` (the parameter ``loss`` by default); returns what is left of it."""
        raise Refused("not_possible", f"a loss of {self.name}")

    def room(self, from_chain: str, to_chain: str) -> float:
        """Tokens that the rate limit lets through now; negative where others wait for it already, infinity without a limit."""
        return self._limit.room(self.params, (from_chain, to_chain), self.world.clock.now)

    def created(self, chain: str) -> float:
        """Net tokens that this bridge has brought into existence on ``chain`` since the start of the run, genesis forms included."""
        return 0.0

    def _ledger_identities(self) -> Iterator[Identity]:
        """What bridges say that they created is what the ledgers say; one identity for all bridges of the same token of a chain."""
        bridges = self.world.all(Bridge)
        for chain, token in self.tokens.items():
            same = [bridge for bridge in bridges if bridge.tokens.get(chain) == token]
            if same[0] is self:
                created, ledger = [bridge.created(chain) for bridge in same], self.ledgers[chain]
                gross = sum(abs(amount) for amount in created) + abs(ledger.supply(token))
                yield Identity(f"bridge.{self.name} {token} on {chain}", ledger.sources(token)["bridge"], sum(created), gross)

    def _checked(self, from_chain: str, to_chain: str, amount: float) -> None:
        if from_chain not in self.tokens or to_chain not in self.tokens or from_chain == to_chain:
            raise Refused("no_route", f"{from_chain} -> {to_chain}")
        if not 0.0 < amount < math.inf:
            raise Refused("invalid_amount", f"{amount} {self.tokens[from_chain]}")
        if self.params.paused:
            raise Refused("paused", self.name)
        if self.halted_until > self.world.clock.now:
            raise Refused("halted", self.name)
        if self.params.over_limit == "refuse" and amount > self.room(from_chain, to_chain):
            raise Refused("rate_limited", f"{amount} of {self.room(from_chain, to_chain)}")

    def _recipient(self, call: Call, action: Send) -> int:
        """Who gets what is sent; an account that may hold it where it arrives."""
        recipient = call.sender if action.recipient is None else action.recipient
        if recipient != call.sender:
            self.world.check_holder(recipient)
        self.ledgers[action.to_chain].check_admitted(self.tokens[action.to_chain], recipient)
        return recipient

    def _wait(self, from_chain: str, to_chain: str, amount: float) -> float:
        return self._limit.wait(self.params, (from_chain, to_chain), amount, self.world.clock.now)

    def _keep_fee(self, chain: str, taken: float) -> float:
        """Move the fee on what was taken to the treasury; returns what is left of it."""
        fee = self.params.fee_on(taken)
        return taken - self.ledgers[chain].move(self.tokens[chain], self.account, self.treasury, fee) if fee > 0.0 else taken

    def _send(self, call: Call, to_chain: str, recipient: int, amount: float, seconds: float) -> None:
        number = self.world.number("messages")
        due = call.now + seconds
        claimed = self.params.claimed and to_chain == self.params.home
        self.send(Message(number, call.sender, recipient, call.chain, to_chain, amount, call.now, due, claimed))
        self._note(number, "sent", amount, to_chain)

    def collectable(self, message: Message) -> float:
        """When a message that waits for its recipient can be collected: on a chain that builds blocks, from a bridge that is not halted, by
        one who may hold the token.
        """
        if not self.ledgers[message.to_chain].admits(self.tokens[message.to_chain], message.recipient):
            return math.inf
        return max(message.due, self.world.chains[message.to_chain].halted_until, self.halted_until)

    def ready_at(self, message: Message) -> float:
        """When a message can be processed: when it is due (what could not be paid, once there is something to pay it from), its chain
        builds blocks and no halt of the bridge lasts.
        """
        due = message.due
        if due == math.inf and self._payable(message.to_chain) > 0.0:
            due = message.sent
        return max(due, self.world.chains[message.to_chain].halted_until, self.halted_until)

    def arrives(self, message: Message) -> bool:
        """What is claimed waits for its recipient."""
        return not message.claimed

    def note_copy(self, message: Message) -> None:
        """A message that was processed before came again."""
        self._note(message.number, "came again", 0.0, message.to_chain)

    def _payable(self, chain: str) -> float:
        """Tokens that could be paid out on ``chain`` now; infinity where they are minted."""
        return math.inf

    def _note(self, number: int, step: str, amount: float, to_chain: str) -> None:
        now = self.world.clock.now
        self.world.events.emit("bridge_messages", now, self.chain, number, self.name, self.tokens[to_chain], step, amount, to_chain)
