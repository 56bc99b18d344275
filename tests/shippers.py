"""Log shippers from Debian as processes of a test: they send what a file gets."""

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / ".venv" / "clients"
"""Where `.ci/clients` unpacks them."""


def found(name):
    unpacked = PLACE / "usr" / "sbin" / name
    return str(unpacked) if unpacked.exists() else shutil.which(name)


def module(name):
    return next((PLACE / "usr" / "lib").rglob(name), None) or Path(f"/absent/{name}")


RSYSLOG, SYSLOG_NG = found("rsyslogd"), found("syslog-ng")
OMELASTICSEARCH = module("omelasticsearch.so")
SCL = PLACE / "usr/share/syslog-ng/include/scl/elasticsearch/elastic-http.conf"

needs_rsyslog = pytest.mark.skipif(
    not (RSYSLOG and OMELASTICSEARCH.exists()),
    reason="rsyslog with omelasticsearch is not here (.ci/clients fetches it)",
)
needs_syslog_ng = pytest.mark.skipif(
    not (SYSLOG_NG and SCL.exists()),
    reason="syslog-ng with its HTTP destination is not here (.ci/clients fetches it)",
)

RSYSLOG_CONF = """
global(workDirectory="{place}")
module(load="{modules}/imfile")
module(load="{omelasticsearch}")
template(name="event" type="list") {{
  constant(value="{{")
  property(outname="@timestamp" name="timegenerated" dateFormat="rfc3339" format="jsonf")
  constant(value=",")
  property(outname="message" name="msg" format="jsonf")
  constant(value=",")
  property(outname="host.name" name="hostname" format="jsonf")
  constant(value=",\\"event.dataset\\":\\"system.syslog\\"}}")
}}
input(type="imfile" file="{place}/app.log" tag="app:")
action(type="omelasticsearch" server="127.0.0.1" serverport="{port}" template="event"
  searchIndex="logs-system.syslog-default" searchType="" bulkmode="on" retryfailures="on"
  queue.type="linkedList" queue.size="5000" queue.dequeueBatchSize="50" action.resumeRetryCount="-1"
  action.resumeInterval="1" errorfile="{place}/errors")
"""

SYSLOG_NG_CONF = """
@version: 3.38
@include "{scl}"
options {{ keep-hostname(yes); time-reopen(1); }};
source s {{ file("{place}/app.log" follow-freq(0.1) flags(no-parse)); }};
destination d {{
  elasticsearch-http(
    url("http://127.0.0.1:{port}/_bulk") index("logs-system.syslog-default") type("")
    batch-lines(50) batch-timeout(200) timeout(10) retries(1000)
  );
}};
log {{ source(s); destination(d); }};
"""


@contextmanager
def rsyslog(place, port):
    """Sends the lines of ``place/app.log`` as ``message``."""
    modules = OMELASTICSEARCH.parent
    text = RSYSLOG_CONF.format(
        place=place, modules=modules, omelasticsearch=OMELASTICSEARCH, port=port
    )
    with rsyslogd(place, text):
        yield


@contextmanager
def rsyslogd(place, text):
    """rsyslog on a configuration of its own."""
    config = place / "rsyslog.conf"
    config.write_text(text)
    modules = OMELASTICSEARCH.parent
    with started([RSYSLOG, "-n", "-f", config, "-i", place / "pid", "-M", modules], place):
        yield


@contextmanager
def syslog_ng(place, port):
    """Sends the lines of ``place/app.log`` as ``MESSAGE``."""
    config = place / "syslog-ng.conf"
    modules = next((PLACE / "usr" / "lib" / "syslog-ng").iterdir())
    library = next((PLACE / "usr" / "lib").glob("libsyslog-ng-*"), modules)
    config.write_text(SYSLOG_NG_CONF.format(scl=SCL, place=place, port=port))
    command = [
        *(SYSLOG_NG, "-F", "-f", config, "--no-caps", "--stderr"),
        *("--module-path", modules, "--persist-file", place / "persist"),
        *("--pidfile", place / "pid", "--control", place / "ctl"),
    ]
    with started(command, place, LD_LIBRARY_PATH=f"{library.parent}:{modules}"):
        yield


@contextmanager
def started(command, place, **environment):
    """A shipper as a process of its own, its output in a file that a failure shows."""
    said = place / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a shipper that a test chose
            command,
            cwd=place,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        print(said.read_text(errors="replace")[-5_000:])  # noqa: T201 - pytest shows it
