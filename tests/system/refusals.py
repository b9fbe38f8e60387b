"""Each bad query is refused by the nodes, each with its own reason."""
import time

from world import ALONE, APPROVERS, NODES, RESEARCHER, expect

BOTH = [a[0] for a in APPROVERS]


def bundle_of(world, approvers=(), **changes):
    """Compile and sign a query, approve it, do not send it."""
    fed = world.federation()
    world.asked += 1
    base = fed.root / "queries" / f"refused{world.asked}"
    base.parent.mkdir(exist_ok=True)
    yaml, query, bundle = (base.with_suffix(s)
                           for s in (".yaml", ".query", ".wq"))
    yaml.write_text(world.question(**changes))
    me = fed.dir(RESEARCHER[0])
    fed.ward("query", "compile", yaml, "--party", me, "-o", query)
    fed.ward("query", "sign", query, "--party", me, "-o", bundle)
    for approver in approvers:
        fed.ward("query", "approve", bundle, "--yes", "--party",
                 fed.dir(approver))
    return bundle


def forged(world, approvers, *words):
    """The query of a good bundle, changed and signed again by everybody."""
    fed = world.federation()
    good = bundle_of(world)
    bad = good.with_name(good.name + ".forged.wq")
    votes = [w for a in approvers for w in ("--approver",
                                            f"{a}={fed.dir(a)}")]
    return world.forge(good, bad, "--signer", fed.dir(RESEARCHER[0]),
                       *words, *votes)


def test_a_query_altered_by_one_byte_after_approval_is_refused(world):
    bundle = bundle_of(world, BOTH, title="Words that will be altered")
    bytes_ = bytearray(bundle.read_bytes())
    at = bytes_.find(b"altered")
    expect(at > 0, "the title is in the bundle")
    bytes_[at] ^= 1
    bundle.write_bytes(bytes_)
    world.expect_refused(bundle, "signature")


def test_one_approval_is_not_enough(world):
    world.expect_refused(bundle_of(world, BOTH[:1]), "approvals")


def test_an_approval_of_other_bytes_does_not_count(world):
    first, second = bundle_of(world, BOTH), bundle_of(world)
    query = second.read_bytes()
    votes = first.read_bytes()[-len(first.read_bytes()) + len(query):]
    second.write_bytes(query + votes)
    world.expect_refused(second, "approvals")


def test_the_author_cannot_approve(world):
    world.expect_refused(
        forged(world, [BOTH[0], RESEARCHER[0]]), "author")


def test_who_may_ask_and_approve_cannot_approve_what_he_asks(world):
    fed = world.federation()
    base = fed.root / "queries" / "own"
    base.parent.mkdir(exist_ok=True)
    yaml, query, bundle = (base.with_suffix(s)
                           for s in (".yaml", ".query", ".wq"))
    yaml.write_text(world.question())
    me = ["--party", fed.dir(ALONE)]
    fed.ward("party", "update", fed.dir(ALONE))
    fed.ward("query", "compile", yaml, *me, "-o", query)
    fed.ward("query", "sign", query, *me, "-o", bundle)
    fed.ward("query", "approve", bundle, *me, "--yes", ok=(1,))
    fed.ward("query", "approve", bundle, *me, "--yes", "--anyway")
    fed.ward("query", "approve", bundle, "--yes", "--party",
             fed.dir(BOTH[0]))
    world.expect_refused(bundle, "author", by=ALONE)


def test_two_votes_of_one_approver_count_once(world):
    world.expect_refused(forged(world, [BOTH[0], BOTH[0]]), "approvals")


def test_an_expired_query_is_refused(world):
    bundle = bundle_of(world, BOTH, send_after="1s", close_after="2s",
                       valid_for="3s")
    time.sleep(4)
    world.expect_refused(bundle, "expired")


def test_a_charge_stated_too_low_is_refused(world):
    world.expect_refused(forged(world, BOTH, "--charge", "999"), "charge")
    world.expect_refused(forged(world, BOTH, "--variation", "0"), "charge")
    world.expect_refused(forged(world, BOTH, "--noise", "2"), "charge")


def test_a_veto_holds(world):
    fed = world.federation()
    bundle = bundle_of(world, BOTH)
    fed.ward("query", "approve", bundle, "--yes", "--veto", "--reason",
             "no purpose", "--party", fed.dir(ALONE))
    world.expect_refused(bundle, "veto")


def test_a_query_over_budget_is_refused_and_nothing_is_charged(world):
    """The budget of a month is rho 0.1: five questions at 0.02 fill it."""
    themes = ["theft", "robbery", "burglary", "drugs", "damage", "violence"]
    changes = {"months": "2021-12", "privacy": '{rho: "0.02"}',
               "send_after": "1s"}
    for theme in themes[:5]:
        bundle = world.ask(world.question(themes=f"[{theme}]", **changes))
        got = world.reasons(bundle)
        expect(got == {p: "answered" for p in NODES}, f"answered: {got}")
    world.expect_refused(
        bundle_of(world, BOTH, themes="[violence]", **changes), "budget")
    expect(world.spent("gwent")["2021-12"] <= 100_000_000, "within the cap")
