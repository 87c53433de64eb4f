# SPDX-License-Identifier: BSD-3-Clause
"""What the user sees: the progress bar, the figures, and whether the counts agree."""

import shutil
import sys
import time


class Bar:
    """A progress bar on standard error, when that is a terminal."""

    def __init__(self, total):
        self.total = total
        self.start = time.monotonic()
        self.due = self.start if sys.stderr.isatty() else float("inf")

    def show(self, job):
        """Redraw the bar, at most ten times a second."""
        now = time.monotonic()
        if now < self.due:
            return
        self.due = now + 0.1
        done = job.lines / self.total if self.total else 1
        rate = job.lines / (now - self.start or 1)
        figures = f" {done:4.0%}  {job.lines:,} lines  {rate:,.0f} lines/s "
        width = max(10, min(40, shutil.get_terminal_size().columns - len(figures) - 3))
        bar = "#" * round(done * width)
        sys.stderr.write(f"\r[{bar:-<{width}}]{figures}")
        sys.stderr.flush()

    def erase(self):
        """Leave a clean line for what is printed next."""
        if self.due != float("inf"):
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def print_figures(job, seconds, single_seconds):
    """Print what was sent, what came back, how fast, and by whom."""
    for number, batches in sorted(job.batches_of.items()):
        print(f"  {job.crew.name(number)}: {batches:,} batches")
    print(f"out   {job.tasks_sent:,} messages, {job.lines:,} lines, {job.bytes_sent / 1e6:.2f} MB")
    print(f"back  {job.results_received:,} messages, {job.bytes_received / 1e6:.2f} MB")
    messages = job.tasks_sent + job.results_received
    print(
        f"time  {seconds:.2f} s: {messages / seconds:,.0f} messages/s, "
        f"{job.lines / seconds:,.0f} lines/s, {job.bytes_sent / 1e6 / seconds:.1f} MB/s"
    )
    print(f"      (one process alone: {single_seconds:.2f} s)")


def print_verdict(expected, counted):
    """Print the commonest words and whether the two counts agree; return that."""
    common = ", ".join(f"{word} {count:,}" for word, count in counted.most_common(8))
    print(f"most  {common}")
    if expected == counted:
        print(f"AGREE {sum(counted.values()):,} words, {len(counted):,} different ones")
        return True
    words = {word for word in expected.keys() | counted.keys() if expected[word] != counted[word]}
    print(f"DIFFER for {len(words):,} words, for example:")
    for word in sorted(words)[:5]:
        print(f"  {word!r}: one process {expected[word]:,}, the workers {counted[word]:,}")
    print("If a file changed meanwhile, run it again; if not, this is a bug worth reporting.")
    return False
