"""Sends a letter to the inbox of a name, with nothing but docs/protocol.md known.

    runnel_sender.py --upstream KEY@HOST:PORT --identity FILE NAME TEXT [--subject TEXT] [--times N]

The file holds the name that it is from; where there is none, a name is made. Prints as JSON who it is from, the id of the
envelope, and the custodians that have signed for it.
"""

import argparse
import asyncio
import json
import sys

sys.dont_write_bytecode = True

from primitives import H, Refused, decode_text, encode_text, need
from runnel.ask import NoAnswer, Upstream
from runnel.channel import Closed
from runnel.dial import dial
from runnel.identity import Identity
from runnel.letters import Custodian, NotTaken, recipients, seal_letter
from runnel.link import LinkDown
from runnel.names import DEVICE, NAME, parse_neighbour
from runnel.session import NotAccepted


async def send(link, identity, name, args):
    to, custodians = await recipients(Upstream(link, 60), name)
    if not to:
        raise NoAnswer("the name has no inbox")
    envelope, size = seal_letter(identity, name, to, args.subject, args.text.encode())
    receipts, asked = {}, []
    for device in custodians:
        try:
            custodian = await Custodian.open(link, device, identity.seed)
            for _ in range(args.times):
                receipts[device] = await custodian.deliver(name, envelope, size)
            asked.append(custodian)
        except (Closed, NotAccepted, NotTaken, Refused) as error:
            print(f"{encode_text(DEVICE, device)}: {type(error).__name__} {error}", file=sys.stderr)
    for custodian in asked:
        for device, receipt in receipts.items():
            if device != custodian.device:
                await custodian.witness(receipt)
        await asyncio.wait_for(custodian.session.end(), 20)
    if not receipts:
        raise NoAnswer("no custodian has taken it")
    signed = [encode_text(DEVICE, device) for device in receipts]
    print(json.dumps({"from": identity.text, "id": H(envelope).hex(), "custodians": signed}))


async def main(args):
    try:
        kind, name = decode_text(args.name)
        need(kind == NAME, "bad-kind")
        identity = Identity(args.identity)
        link = await dial(*parse_neighbour(args.upstream), identity.seed)
        try:
            await send(link, identity, name, args)
        finally:
            await link.close()
    except (Refused, NoAnswer, LinkDown, OSError, asyncio.TimeoutError) as error:
        print(f"runnel_sender: {type(error).__name__}: {error}", file=sys.stderr)
        return 3 if isinstance(error, NoAnswer) else 5 if isinstance(error, Refused) else 4
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--identity", required=True)
    parser.add_argument("--subject", default="")
    parser.add_argument("--times", type=int, default=1, help="how often the one envelope is delivered")
    parser.add_argument("name")
    parser.add_argument("text")
    sys.exit(asyncio.run(main(parser.parse_args())))
