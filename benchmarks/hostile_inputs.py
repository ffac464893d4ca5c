"""Requests made to stop a service: crafted structures, patterns, bodies and connections."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import combinations
from types import MappingProxyType
from urllib.parse import quote

_TIMEOUT = 60.0
_NO_ANSWER = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request got: its status, the code of its problem, and how long it took in seconds."""

    status: int
    code: str
    seconds: float


Send = Callable[[int], Outcome]
"""Sends a request once to a port of this machine."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """clients: how many send it again and again while others search."""

    name: str
    send: Send
    clients: int = 4
    stalls_log: bool = False


def ask(
    port: int,
    path: str,
    body: bytes | None = None,
    source: str = "127.0.0.1",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Outcome:
    """GET, or POST if there is a JSON body, from the loopback address `source`."""
    start = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT, source_address=(source, 0))
    try:
        own = {"Content-Type": "application/json"} if body is not None else {}
        connection.request("GET" if body is None else "POST", path, body, {**own, **headers})
        answer = connection.getresponse()
        content = answer.read()
    except OSError as error:
        return Outcome(_NO_ANSWER, type(error).__name__, time.perf_counter() - start)
    finally:
        connection.close()
    code = ""
    if answer.headers.get_content_type() == "application/problem+json":  # else refused before it was a request
        problem = json.loads(content)
        code = problem["code"]
        if code == "invalid_request":
            code = problem["errors"][0]["code"]
    return Outcome(answer.status, code, time.perf_counter() - start)


def hostile_inputs(large_molecule: str | None) -> Iterator[Hostile]:
    """The table of inputs. large_molecule: id of a large molecule of the corpus, for its drawing."""
    dense, pattern = _complete_graph(20), _complete_graph(10)
    for name, structure in hostile_structures().items():
        yield Hostile(name, _search("mol2text", query=structure))
    yield Hostile("complete graph of 20 as `reference`", _search("text2mol", query="an acid", reference=dense))
    yield Hostile("64 complete graphs of 20", _search("mol2text", queries=[dense] * 64))
    yield Hostile("24 branched chains of 511 carbons", _search("mol2text", queries=[_tree(7)] * 24), clients=2)
    yield Hostile("64 peptides of 590 atoms", _search("mol2text", queries=["NCC(=O)" * 148] * 64), clients=2)
    peptides = [f"{'NCC(=O)' * place}NC(C)C(=O){'NCC(=O)' * (146 - place)}" for place in range(64)]
    yield Hostile("64 different peptides of 590 atoms", _search("mol2text", queries=peptides), clients=2)
    for name, smarts in _patterns(pattern).items():
        yield Hostile(f"SMARTS: {name}", _search("text2mol", query="an acid", filter={"has_substructure": smarts}))
    slow = {"lacks_substructure": ["~".join("*" * 20) + "~[U]~[Pu]"] * 8}
    salts = [".".join(["[Na+].[Cl-]"] * 300)] * 8
    yield Hostile("8 times 600 ions", _search("mol2text", queries=salts), clients=2)
    large = [f"[NH3+]{'C' * (400 + n)}C(=O)[O-].[Na+].[Cl-]" for n in range(64)]
    yield Hostile("8 salts of 400 atoms", _search("mol2text", queries=large[:8]), clients=2)
    yield Hostile("64 salts of 400 atoms", _search("mol2text", queries=large), clients=2)
    yield Hostile("SMARTS that match slowly, 24 clients", _search("text2mol", query="an acid", filter=slow), clients=24)
    yield Hostile("1 MB of list items that are no text", _search("text2mol", queries=[1] * 500_000))
    yield Hostile("60,000 unknown keys", _search("text2mol", query="x", **{f"k{n}": 1 for n in range(60_000)}))
    yield Hostile("1 MB of brackets", _post(b"[" * 1_000_000))
    yield Hostile("1 MB of nested objects", _post(b'{"a":' * 200_000))
    yield Hostile("a number of 1 MB", _post(b'{"query": ' + b"9" * 1_000_000 + b"}"))
    yield Hostile("64 texts of 5,000 characters", _search("text2mol", queries=_texts(64, "benzoic acid ")), clients=2)
    yield Hostile("64 texts of 5,000 rare characters", _search("text2mol", queries=_texts(64, "Ω㎖ﬁ𝔄é‮")), clients=2)
    yield Hostile("64 texts of one word", _search("text2mol", queries=_texts(64, "x")), clients=2)
    yield Hostile("64 texts of letters", _search("text2mol", queries=_texts(64, "x ")), clients=2)
    yield Hostile("64 texts of denials", _search("text2mol", queries=_texts(64, "no, ")), clients=2)
    yield Hostile("64 letters with 5,000 marks", _search("text2mol", queries=_texts(64, "\u0300\u0315")), clients=2)
    yield Hostile("64 texts of smells", _search("text2mol", queries=_texts(64, "smell of ")), clients=2)
    yield Hostile("64 texts of bounds", _search("text2mol", queries=_texts(64, "1<logp<3, ", 1500)), clients=2)
    yield Hostile("64 texts of weights", _search("text2mol", queries=_texts(64, "MW < 300 ", 1500)), clients=2)
    yield Hostile("64 texts that lead to no amount", _search("text2mol", queries=_texts(64, "and ", 1500)), clients=2)
    yield Hostile("10,000 hits", _search("text2mol", queries=["an acid"] * 10, k=1000))
    for format in ("sdf", "parquet"):
        yield Hostile(
            f"10,000 hits as {format}", _search(f"text2mol?format={format}", queries=["an acid"] * 10, k=1000)
        )
    yield Hostile("256 bodies sent slowly", _slow_bodies, clients=1)
    yield Hostile("bulk bodies of a byte a second", _trickle, clients=4)
    yield Hostile("clients that leave before the answer", _leave, clients=8)
    if large_molecule is not None:
        yield Hostile("drawing of a large molecule", lambda port: ask(port, f"/molecules/{large_molecule}.svg"))
    drawn = f"/structures/drawing.svg?structure={'CC(N)' * 130}&common_with={'CC(O)' * 130}"
    yield Hostile("drawing of what two chains share", lambda port: ask(port, drawn))
    labelled = f"/structures/drawing.svg?structure={quote('[13CH2]' * 398)}&width=50&height=50"
    yield Hostile("small drawing of 398 labelled atoms", lambda port: ask(port, labelled))
    yield Hostile("100 MB of headers", _endless(b"GET / HTTP/1.1\r\n", b"X: " + b"y" * 10_000 + b"\r\n", 10_000))
    fields = {f"X-{n}": "y" for n in range(8000)}
    yield Hostile("8,000 headers in a request", lambda port: ask(port, "/health/ready", headers=fields))
    parameters = "&".join(f"x{n}=y" for n in range(8000))
    yield Hostile("8,000 parameters in an address", lambda port: ask(port, f"/suggest?q=a&{parameters}"))
    yield Hostile("10 MB of cookies", _endless(b"GET /docs HTTP/1.1\r\nCookie: ", b"a=b; " * 2000, 1000))
    yield Hostile("2 MB of requests in a row", _endless(b"", b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 50_000))
    chunked = b"POST /bulk/text2mol HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield Hostile("4 MB of blank lines", _endless(chunked, b"10000\r\n" + b"\n" * 0x10000 + b"\r\n", 64))
    yield Hostile("a million chunks of a byte", _endless(chunked, b"1\r\nx\r\n" * 1000, 1000))
    yield Hostile("answers of 5 MB that nobody reads", _leave_unread)
    yield Hostile("a log that nobody reads", _search("text2mol", query="", k=0), stalls_log=True)


def hostile_structures() -> dict[str, str]:
    """Structures that cost much or are none, by what they are."""
    atoms = [f"    0.0000    0.0000    0.0000 {'Fe':3} 0  0"] * 12
    bonds = [f"{one + 1:3}{other + 1:3}  1  0" for one, other in combinations(range(12), 2)]
    iron = "\n".join(["", "", "", " 12 66  0  0  0  0  0  0  0  0999 V2000", *atoms, *bonds, "M  END", ""])
    counts = "\n\n\n999999  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"
    ladder = "C" + "".join("C" + _label(n) for n in range(1, 200)) * 2
    return {
        "complete graph of 20 dummy atoms": _complete_graph(20),
        "complete graph of 12 metal atoms, molblock": iron,
        "an atom with 128 neighbours": "*" + "(C)" * 128,
        "a ring of 12 phenylenes": _macrocycle(12),
        "a ring of 90 phenylenes": _macrocycle(90),
        "199 ring closures": ladder,
        "a prism of 300 atoms": _prism(150),
        "`[CH999999999]`": "[CH999999999]",
        "`[C+999999999]`": "[C+999999999]",
        "`[999999C]`": "[999999C]",
        "`[#118][#119]`": "[#118][#119]",
        "300 stereocentres": "[C@H](F)" * 299 + "C",
        "290 stereo double bonds": "F" + "/C=C" * 290 + "/F",
        "4,000 characters of brackets": "[" * 4000,
        "InChI of 99,999 waters": "InChI=1S/99999H2O/h99999*1H2",
        "InChI of a 600-fold branch": "InChI=1S/C600H1202/c1" + "".join(f"({n}" for n in range(2, 600)) + ")" * 598,
        "molblock of 999,999 atoms": counts,
        "molblock of 100,000 characters": counts.replace("999999", "  1  1") + "M  CHG  1   1   1\n" * 5000,
    }


def _patterns(dense: str) -> dict[str, list[str]]:
    nested = "[$(" * 30 + "*~*" + ")]~*" * 20 + ")]" * 10
    grouped = ".".join(f"([*]~[*]~[*{n}])".replace(f"*{n}", "*") for n in range(12))
    return {
        "complete graph of 10, eight times": [dense] * 8,
        "50 nested `$()`": [nested],
        "12 components in groups": [grouped],
        "50 atoms of any kind": ["~".join("*" * 50)] * 8,
        "recursive alternatives": ["[$(*~*~*~*),$(*~*~*~*~*),$(*~*~*~*~*~*)]" + "~[$(*(~*)~*)]" * 9] * 8,
    }


def _search(route: str, **body: object) -> Send:
    return _post(json.dumps(body, ensure_ascii=False).encode(), f"/search/{route}")


def _post(body: bytes, path: str = "/search/text2mol") -> Send:
    return lambda port: ask(port, path, body)


def _slow_bodies(port: int) -> Outcome:
    """256 connections of one client, each sending a byte a second; what the last of them got, if anything."""
    head = b"POST /search/text2mol HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    connections = []
    start = time.perf_counter()
    try:
        for _ in range(256):
            connection = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT)
            connection.sendall(head + b"Content-Length: 1000\r\n\r\n{")
            connections.append(connection)
        connections[-1].settimeout(2)
        try:
            received = connections[-1].recv(1000)
        except TimeoutError:
            received = b""
        seconds = time.perf_counter() - start
        for _ in range(4):
            time.sleep(1)
            for connection in connections:
                try:
                    connection.sendall(b" ")
                except OSError:
                    continue
    except OSError as error:
        return Outcome(_NO_ANSWER, type(error).__name__, time.perf_counter() - start)
    finally:
        for connection in connections:
            connection.close()
    if not received:
        return Outcome(0, "held", seconds)
    return Outcome(int(received.split()[1]), "busy" if b" 429 " in received[:20] else "", seconds)


def _trickle(port: int) -> Outcome:
    """A bulk request that sends blank lines, one a second, for half a minute; what its last answer says."""
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT) as connection:
        connection.sendall(b"POST /bulk/text2mol HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.settimeout(1)
        received = b""
        for _ in range(30):
            try:
                connection.sendall(b"1\r\n\n\r\n")
                received += connection.recv(1000)
            except TimeoutError:
                continue
            except OSError:
                break
            if b"body_timeout" in received:
                return Outcome(200, "body_timeout", time.perf_counter() - start)
    return Outcome(0, "held", time.perf_counter() - start)


def _leave(port: int) -> Outcome:
    """Ask for 64 structures and leave at once."""
    body = json.dumps({"queries": [_tree(6)] * 64}).encode()
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT) as connection:
        head = "POST /search/mol2text HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(0.05)
    return Outcome(0, "left", time.perf_counter() - start)


def _endless(head: bytes, again: bytes, times: int) -> Send:
    """Sends a head and then something again and again, as long as it is taken, and waits for what is answered."""

    def send(port: int) -> Outcome:
        start = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            received = b""
            try:
                connection.sendall(head)
                for _ in range(times):
                    connection.sendall(again)
                received = connection.recv(1000)
            except OSError:
                pass
        seconds = time.perf_counter() - start
        return Outcome(int(received.split()[1]), "", seconds) if received else Outcome(0, "cut off", seconds)

    return send


def _leave_unread(port: int) -> Outcome:
    """Ask for 10,000 hits, and keep the connection without reading a byte of them for two seconds."""
    body = json.dumps({"queries": ["an acid"] * 10, "k": 1000}).encode()
    start = time.perf_counter()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
        connection.connect(("127.0.0.1", port))
        head = "POST /search/text2mol HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(2)
    return Outcome(0, "unread", time.perf_counter() - start)


def _texts(count: int, unit: str, length: int = 5000) -> list[str]:
    """Different texts as long as they may be."""
    return [f"{number} {unit * length}"[:length] for number in range(count)]


def _label(number: int) -> str:
    return str(number) if number < 10 else f"%{number}" if number < 100 else f"%({number})"


def _complete_graph(atoms: int, symbol: str = "*") -> str:
    labels: list[list[str]] = [[] for _ in range(atoms)]
    closures = [(one, other) for one in range(atoms) for other in range(one + 2, atoms)]
    for number, ends in enumerate(closures, 1):
        for end in ends:
            labels[end].append(_label(number))
    return "".join(symbol + "".join(each) for each in labels)


def _tree(depth: int) -> str:
    branch = "C"
    for _ in range(depth):
        branch = f"C({branch}){branch}"
    return f"C({branch}){branch}"


def _macrocycle(arenes: int) -> str:
    return f"C9{'c1ccc(cc1)' * arenes}9".replace("9", "%99")


def _prism(sides: int) -> str:
    """Two rings of atoms one above the other, each atom bound to that of the other ring."""
    ring = [_label(number) for number in range(3, sides + 3)]
    return (
        f"C1{ring[0]}"
        + "".join(f"C{label}" for label in ring[1:])
        + f"1.C2{ring[0]}"
        + "".join(f"C{label}" for label in ring[1:])
        + "2"
    )


def send_together(hostile: Hostile, port: int, seconds: float) -> list[Outcome]:
    """All its clients send it again and again for so long."""
    end = time.monotonic() + seconds

    def client(_: int) -> list[Outcome]:
        outcomes = [hostile.send(port)]
        while time.monotonic() < end:
            outcomes.append(hostile.send(port))
        return outcomes

    with ThreadPoolExecutor(hostile.clients) as threads:
        return [outcome for outcomes in threads.map(client, range(hostile.clients)) for outcome in outcomes]
