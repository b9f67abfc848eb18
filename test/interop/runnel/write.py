"""Writes what was verified. Symlinks come last, and nothing is ever written through one."""

import asyncio
import os

from runnel.files import walk

AT_ONCE = 12


async def write_file(tree, item, path):
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    fd = os.open(path, flags, 0o600)
    try:
        async for part in tree.content(item["child"], item["id"], item["bytes"]):
            view = memoryview(part)
            while view:
                view = view[os.write(fd, view) :]
        os.fchmod(fd, item["mode"])
    finally:
        os.close(fd)


async def write_folder(tree, item, directory, limits, path):
    os.mkdir(path, 0o700)
    folders, symlinks, running = [(path, item["mode"])], [], set()
    try:
        async for names, each in walk(tree, directory, item, limits):
            target = os.path.join(path, *(name.encode() for name in names))
            if each["kind"] == "symlink":
                symlinks.append((each["target"].encode(), target))
            elif each["kind"] == "directory":
                os.mkdir(target, 0o700)
                folders.append((target, each["mode"]))
            else:
                running.add(asyncio.create_task(write_file(tree, each, target)))
            if len(running) >= AT_ONCE:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        for task in running:
            await task
    finally:
        for task in running:
            task.cancel()
    for target, link in symlinks:
        os.symlink(target, link)
    for folder, mode in reversed(folders):
        os.chmod(folder, mode)
