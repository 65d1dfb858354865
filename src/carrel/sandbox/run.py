"""One run of a program: its output, its deadline, and how it ended.

The host decides. CPU time is what the sandbox's control group used since the
start, so it neither depends on the guest's word nor on how busy the machine is.
A wall-clock limit catches what does not use the CPU: a program that sleeps or waits
for input is ended after `wall_ms`; one that works is given its CPU time even when
it gets only a small share of a crowded machine.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from carrel.core.errors import PlatformFaultError, SandboxLostError
from carrel.core.sizes import MIB
from carrel.sandbox.backend import Overhead
from carrel.sandbox.cgroups import Cgroup, Usage, counts_waiting
from carrel.sandbox.channel import GuestChannel, GuestError
from carrel.sandbox.limits import STRETCH, RunLimits
from carrel.sandbox.pace import Pace
from carrel.sandbox.program import Ended, Execution
from carrel.wire import messages
from carrel.wire.frames import Frame
from carrel.wire.messages import Event, ExitReport, Request

OutputCallback = Callable[[bytes], None]


@dataclass(frozen=True)
class Lap:
    """What one task of a program took that is given several; see `Run.lap`.

    `memory_bytes` is the peak so far, as the host alone sees it: files included.
    """

    cpu_ms: int
    wall_ms: int
    memory_bytes: int


_GRACE_S = 5.0
_BUSY_SHARE = 0.2  # half of it is lost at times, while sandbox and program hand over
_SEEMINGLY_BUSY_SHARE = 0.05  # where nobody counts how long it waits for a core
_MOST_PATIENCE_S = 0.5
_LEAST_PATIENCE_S = 0.005
_SAMPLE_S = 0.01
_UNSEEN_BYTES = 4 * MIB


class _Output:
    """One captured stream: kept up to a limit, passed on as it comes.

    Without a limit it is passed on only.
    """

    def __init__(self, limit: int | None, callback: OutputCallback | None) -> None:
        self.kept = bytearray()
        self.truncated = False
        self.error: Exception | None = None
        self._limit = limit
        self._callback = callback

    def take(self, data: bytes) -> bool:
        """Keep what fits and pass it on; False as soon as either fails."""
        if self._limit is not None:
            room = self._limit - len(self.kept)
            if len(data) > room:
                self.truncated = True
                data = data[:room]
            self.kept += data
        if data and self._callback is not None:
            try:
                self._callback(data)
            except Exception as error:  # noqa: BLE001  # the caller's; `Run.wait` raises it
                self.error, self._callback = error, None
        return not self.truncated and self.error is None


class Run:
    """A program that is running; made by `LiveSandbox.start`.

    `before` is what the group had used, where somebody has just looked. `passed_on`: its
    output goes to the callbacks only, however much it is; nobody asks for its peak of memory.
    """

    def __init__(
        self,
        channel: GuestChannel,
        cgroup: Cgroup,
        payload: bytes,
        limits: RunLimits,
        *,
        cores: float,
        memory_bytes: int,
        disk_bytes: int,
        overhead: Overhead,
        before: Usage | None = None,
        passed_on: bool = False,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
    ) -> None:
        self._channel = channel
        self._cgroup = cgroup
        self._limits = limits
        self._cores = min(cores, float(os.cpu_count() or 1))
        self._memory_bytes = memory_bytes
        self._disk_bytes = disk_bytes
        self._overhead = overhead
        self._pace = Pace(overhead.slowdown)
        kept = None if passed_on else limits.output_bytes
        self._stdout = _Output(kept, on_stdout)
        self._stderr = _Output(kept, on_stderr)
        self._cause: Ended | None = None
        self._holds = False
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._peak_is_ours = cgroup.restart_peak()
        self._before = before or cgroup.usage()
        self._started = time.monotonic()
        self._cpu_before_us = self._before.cpu_us
        self._looks: deque[tuple[float, int, int]] = deque()
        self._id, self._end = channel.begin(Request.EXECUTE, payload, on_event=self._on_event)
        self._end.add_done_callback(self._on_end)
        self._look_again(0.0, 0)
        self._seen_bytes = 0
        if not self._peak_is_ours and not passed_on:
            self._sample()

    def write(self, data: bytes) -> None:
        """Pass more standard input to a program that was started with `stdin=None`."""
        self._channel.tell(Request.STDIN, self._id, data)

    def end_input(self) -> None:
        """Say that there will be no more standard input."""
        self._channel.tell(Request.STDIN_END, self._id)

    def hold_output(self) -> None:
        """Read nothing more from the sandbox: a program that prints on is slowed down.

        Whoever holds it back has to let it go again; `kill` does as well, and its end.
        """
        if not self._end.done():
            self._holds = True
            self._channel.pause()

    def let_output(self) -> None:
        """Read on after `hold_output`."""
        if self._holds:
            self._holds = False
            self._channel.resume()

    def signal(self, number: int) -> None:
        """Send a signal to the program and its process group."""
        self._channel.tell(Request.SIGNAL, self._id, messages.signal(number))

    def lap(self, limits: RunLimits | None = None) -> Lap:
        """End one task of a program that is given several, and begin the next one.

        The limits of time hold from now on anew, or those of `limits` do, and what `wait`
        reports of time is the last lap's.
        """
        # There may be thousands, so no more is read of the group than is needed.
        try:
            cpu_us = self._cgroup.cpu_us()
        except (OSError, KeyError, ValueError) as error:
            raise PlatformFaultError(f"cannot measure the program: {error}") from error
        peak = self._cgroup.peak_bytes() if self._peak_is_ours else self._cgroup.memory_bytes()
        lap = Lap(
            self._cpu_ms(cpu_us),
            self._wall_ms(cpu_us),
            max(0, peak - self._before.memory_bytes),
        )
        self._cpu_before_us = cpu_us
        self._started = time.monotonic()
        if limits is not None:
            self._limits = limits
        if self._cause is None and not self._end.done():
            if self._timer is not None:
                self._timer.cancel()
            self._look_again(0.0, 0)
        return lap

    def kill(self, cause: Ended = Ended.KILLED) -> None:
        """End the program; `wait` then reports `cause`. Only the first cause counts."""
        if self._cause is not None or self._end.done():
            return
        self._cause = cause
        self.let_output()
        self.signal(signal.SIGKILL)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(
            _GRACE_S, self._channel.fail, "the guest agent did not end a program it was told to"
        )

    async def wait(self) -> Execution:
        """Return how the program ended. SandboxLostError when it was not the program's doing."""
        try:
            frame = await asyncio.shield(self._end)
        except asyncio.CancelledError:
            self.kill()
            raise
        except SandboxLostError as error:
            return self._lost(error)
        for output in (self._stdout, self._stderr):
            if output.error is not None:
                raise output.error
        wall_s = time.monotonic() - self._started
        usage = self._cgroup.usage()
        wall_ms = self._wall_ms(usage.cpu_us, wall_s)
        if frame.event is Event.ERROR:
            try:
                number, words = messages.parse_error(frame.payload)
            except messages.ProtocolError as error:
                self._channel.fail(str(error))
                raise SandboxLostError(str(error)) from error
            reason = f"{words}: {os.strerror(number)}"
            if words != "starting the program":
                raise GuestError(number, words)
            return self._result(usage, wall_ms, exit_code=127, start_error=reason)
        try:
            report = messages.parse_exit(frame.payload)
        except messages.ProtocolError as error:
            self._channel.fail(str(error))
            raise SandboxLostError(str(error)) from error
        return self._result(
            usage,
            wall_ms,
            exit_code=os.WEXITSTATUS(report.status) if os.WIFEXITED(report.status) else None,
            signal_number=os.WTERMSIG(report.status) if os.WIFSIGNALED(report.status) else None,
            report=report,
            spoiled=report.spoiled,
        )

    def _lost(self, error: SandboxLostError) -> Execution:
        """Tell whether the program's memory took the sandbox with it, or we lost it."""
        try:
            usage = self._cgroup.usage()
        except PlatformFaultError:  # removed already: it was ended on purpose
            raise error from None
        if usage.oom_kills > self._before.oom_kills:
            self._cause = Ended.MEMORY_LIMIT
        elif self._cause is None:
            raise error
        return self._result(
            usage, self._wall_ms(usage.cpu_us), signal_number=signal.SIGKILL, spoiled=True
        )

    def _result(
        self,
        usage: Usage,
        wall_ms: int,
        *,
        exit_code: int | None = None,
        signal_number: int | None = None,
        report: ExitReport | None = None,
        spoiled: bool = False,
        start_error: str | None = None,
    ) -> Execution:
        cpu_ms = self._cpu_ms(usage.cpu_us)
        ended = self._cause
        limits = self._limits
        too_much, memory = self._memory(usage, report)
        # Too much memory is said first: taking it costs CPU time, often all there is.
        if ended is Ended.MEMORY_LIMIT or (too_much and ended is not Ended.KILLED):
            ended = Ended.MEMORY_LIMIT
        elif ended is None:
            if limits.cpu_ms is not None and cpu_ms > limits.cpu_ms:
                ended = Ended.CPU_LIMIT
            elif self._stdout.truncated or self._stderr.truncated:
                ended = Ended.OUTPUT_LIMIT
            else:
                ended = Ended.SIGNALED if signal_number is not None else Ended.EXITED
        return Execution(
            ended=ended,
            exit_code=exit_code,
            signal=signal_number,
            stdout=bytes(self._stdout.kept),
            stderr=bytes(self._stderr.kept),
            stdout_truncated=self._stdout.truncated,
            stderr_truncated=self._stderr.truncated,
            cpu_ms=cpu_ms,
            wall_ms=wall_ms,
            memory_bytes=memory,
            sandbox_lost=spoiled,
            start_error=start_error,
        )

    def _memory(self, usage: Usage, report: ExitReport | None) -> tuple[bool, int]:
        """Return whether it was more than the limit, and the figure to show."""
        limit = self._memory_bytes
        killed_for_it = usage.oom_kills > self._before.oom_kills
        if self._overhead.machine_bytes is not None:
            # The host sees only pages of a whole machine; its kernel limits and counts.
            if report is None:
                return killed_for_it, limit if killed_for_it else 0
            files = min(report.disk_bytes, self._disk_bytes)
            used = max(0, report.group_peak_bytes - files)
            killed_for_it |= report.out_of_memory
            return killed_for_it or used > limit, max(used, limit) if killed_for_it else used
        guest_peak = report.peak_bytes if report is not None else 0
        host_peak = self._host_peak(usage, report.disk_bytes if report is not None else 0)
        used = min(guest_peak, host_peak) if guest_peak else host_peak
        slack = self._overhead.slack_bytes
        too_much = killed_for_it or used > limit or host_peak > limit + slack
        if too_much:
            used = max(used, limit if killed_for_it else host_peak)
        # A small program lives in pages that the sandbox holds anyway, and the host sees
        # next to nothing. Below that the guest's figure is shown; the verdict has not
        # looked at this.
        return too_much, max(used, min(guest_peak, host_peak + _UNSEEN_BYTES))

    def _host_peak(self, usage: Usage, disk_bytes: int) -> int:
        cache_growth = max(0, usage.file_bytes - self._before.file_bytes)
        # Files are not memory; what the guest says of them can be no more than the
        # disk limit, which the memory group holds besides.
        elsewhere = self._before.memory_bytes + cache_growth + min(disk_bytes, self._disk_bytes)
        # A peak that cannot start anew and has not grown was another program's: then
        # what was seen while this one ran is what we know.
        known = self._peak_is_ours or usage.peak_bytes > self._before.peak_bytes
        seen = max(self._seen_bytes, usage.memory_bytes)
        return max(0, (usage.peak_bytes if known else seen) - elsewhere)

    def _cpu_ms(self, cpu_us: int) -> int:
        return self._pace.cpu_us(cpu_us - self._cpu_before_us) // 1000

    def _wall_ms(self, cpu_us: int, wall_s: float | None = None) -> int:
        if wall_s is None:
            wall_s = time.monotonic() - self._started
        return round(1000 * self._pace.wall_s(wall_s, cpu_us - self._cpu_before_us))

    def _on_event(self, frame: Frame) -> None:
        if frame.event is Event.STARTED:
            messages.parse_u32(frame.payload)
            return
        output = self._stdout if frame.event is Event.STDOUT else self._stderr
        if not output.take(frame.payload):
            self.kill(Ended.OUTPUT_LIMIT)

    def _sample(self) -> None:
        """See for ourselves how much memory is in use, where the kernel keeps no peak."""
        self._seen_bytes = max(self._seen_bytes, self._cgroup.memory_bytes())
        if not self._end.done():
            self._loop.call_later(_SAMPLE_S, self._sample)

    def _on_end(self, _: asyncio.Future[Frame]) -> None:
        self.let_output()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Look at the clock and at the CPU time; end the program or look again later."""
        try:
            self._look_closely()
        except OSError as error:
            # Without a watch there is no deadline, so the program cannot go on.
            self._channel.fail(f"cannot watch the program: {error}")

    def _look_closely(self) -> None:
        limits = self._limits
        wall_s = time.monotonic() - self._started
        cpu_us = self._cgroup.cpu_us() - self._cpu_before_us
        if limits.cpu_ms is not None and self._pace.cpu_us(cpu_us) > 1000 * limits.cpu_ms:
            self.kill(Ended.CPU_LIMIT)
        elif 1000 * self._pace.wall_s(wall_s, cpu_us) >= limits.wall_ms and not self._may_go_on(
            wall_s, cpu_us
        ):
            self.kill(Ended.WALL_LIMIT)
        else:
            self._look_again(wall_s, cpu_us)

    def _may_go_on(self, wall_s: float, cpu_us: int) -> bool:
        longest_ms = STRETCH * self._limits.wall_ms
        if self._limits.strict_wall or 1000 * self._pace.wall_s(wall_s, cpu_us) >= longest_ms:
            return False
        # Looks come close together when little CPU time is left, and on a crowded machine
        # a busy program gets nothing for longer than that.
        while len(self._looks) > 1 and wall_s - self._looks[1][0] >= self._stretch_s():
            self._looks.popleft()
        last_wall_s, last_cpu_us, last_waiting_us = self._looks[0]
        if wall_s - last_wall_s < 0.9 * self._stretch_s():
            return True
        # A sandbox with half a core can be busy half of the time at most.
        passed_us = 1e6 * (wall_s - last_wall_s) * min(1.0, self._cores)
        busy_us = cpu_us - last_cpu_us
        if not counts_waiting():
            return busy_us >= _SEEMINGLY_BUSY_SHARE * passed_us
        # On a crowded machine a busy program may get hardly any time at all: then it
        # waits for a core. One that does neither sleeps, and would hold its place
        # STRETCH times as long as it may by waking up now and then.
        busy_us += max(0, self._cgroup.waiting_us() - last_waiting_us)
        return busy_us >= _BUSY_SHARE * passed_us

    def _stretch_s(self) -> float:
        """Return over how long it is seen whether the program works."""
        return min(_MOST_PATIENCE_S, self._limits.wall_ms / 2000)

    def _look_again(self, wall_s: float, cpu_us: int) -> None:
        """Look when the CPU time can be used up at the earliest, or the wall time is."""
        limits = self._limits
        # Nobody asks about the first look, and most programs have no second one.
        waiting_us = self._cgroup.waiting_us() if wall_s and not limits.strict_wall else 0
        if not wall_s:
            self._looks.clear()
        self._looks.append((wall_s, cpu_us, waiting_us))
        left_s = limits.wall_ms / 1000 - self._pace.wall_s(wall_s, cpu_us)
        patience = left_s if left_s > 0 else _MOST_PATIENCE_S
        if limits.cpu_ms is not None:
            left_cpu_s = limits.cpu_ms / 1000 - self._pace.cpu_us(cpu_us) / 1e6
            patience = min(patience, left_cpu_s * self._pace.slowdown / self._cores)
        if not limits.strict_wall:
            # The last stretch before the wall limit is looked at by itself, so that
            # "is it working?" is asked about the recent past and not about its start.
            stretch = self._stretch_s()
            patience = min(patience, left_s - stretch) if left_s > 1.1 * stretch else patience
        self._timer = self._loop.call_later(max(patience, _LEAST_PATIENCE_S), self._look)
