#!/usr/bin/env bash
# A real Apache Kafka broker for tests: one KRaft node on the loopback interface.
#
#   kafka.sh start DIR [PORT] [KEY=VALUE...]  starts a broker with its data in DIR and prints HOST:PORT.
#                                             A stopped or killed broker comes back with its data and port.
#                                             KEY=VALUE are broker properties, on top of the ones below.
#   kafka.sh stop DIR                         ends it in order; after 10 s by force
#   kafka.sh kill DIR                         ends it as a crash would (SIGKILL)
#   kafka.sh topics ARGUMENTS...              the broker's own topic tool, e.g. --bootstrap-server H:P --list
#
# The jars come from `scripts/setup.sh --tests`.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
libs=$repo/.kafka/libs
cluster_id=dGlkZW1pbGwtdGVzdC0wMQ

die() {
  echo "kafka.sh: $*" >&2
  exit 1
}

usage() {
  sed -n '4,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
}

require_broker_files() {
  [[ -e $libs/.complete ]] || die "no Kafka jars in .kafka/libs; run scripts/setup.sh --tests"
  command -v java >/dev/null || die "no java; run scripts/setup.sh --tests"
}

# Ports below the range from which the kernel picks outgoing ones, so that a
# killed broker finds its port free again.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random
import socket
import sys

held = []
while len(held) < int(sys.argv[1]):
    candidate = socket.socket()
    try:
        candidate.bind(("127.0.0.1", random.randrange(15000, 32000)))
    except OSError:
        candidate.close()
        continue
    held.append(candidate)
print(*(s.getsockname()[1] for s in held))
PYTHON
}

# The pid of the broker of DIR. A reused pid is told apart by the command line.
running_pid() {
  local dir=$1 pid
  pid=$(cat "$dir/broker.pid" 2>/dev/null) || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -Fxq "$dir/server.properties" || return 1
  echo "$pid"
}

write_properties() {
  local dir=$1 port=$2 controller_port=$3
  shift 3
  cat >"$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
auto.create.topics.enable=false
num.partitions=1
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=8388608
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# Replayed events carry their own, old timestamps; retention by time would delete them.
log.retention.ms=-1
controlled.shutdown.enable=false
broker.heartbeat.interval.ms=300
broker.session.timeout.ms=2000
PROPERTIES
  printf '%s\n' "$@" >>"$dir/server.properties"
}

run_java() {
  java -Xmx512m -XX:+UseSerialGC -Xshare:auto -Djava.net.preferIPv4Stack=true \
    -Dlog4j.configuration="file:$repo/tests/integration/kafka/log4j.properties" -cp "$libs/*" "$@"
}

start() {
  [[ $# -ge 1 ]] || usage
  require_broker_files
  local dir port="" controller_port ports
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  shift
  if [[ $# -gt 0 && $1 != *=* ]]; then
    port=$1
    shift
  fi
  running_pid "$dir" >/dev/null && die "the broker of $dir runs already"

  if [[ -e $dir/ports ]]; then
    read -r ports <"$dir/ports"
  else
    ports=$(free_ports 2)
  fi
  controller_port=${ports#* }
  port=${port:-${ports% *}}
  echo "$port $controller_port" >"$dir/ports"
  write_properties "$dir" "$port" "$controller_port" "$@"
  if [[ ! -e $dir/data/meta.properties ]]; then
    run_java -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format -t "$cluster_id" \
      -c "$dir/server.properties" >"$dir/format.log" 2>&1 ||
      die "formatting failed: $(tail -n 3 "$dir/format.log")"
  fi

  : >"$dir/broker.log"
  # A session of its own, so that Ctrl-C in a test run does not reach the broker first.
  setsid java -Xms128m -Xmx512m -XX:+UseSerialGC -Xshare:auto -Djava.net.preferIPv4Stack=true \
    -Dlog4j.configuration="file:$repo/tests/integration/kafka/log4j.properties" -cp "$libs/*" \
    kafka.Kafka "$dir/server.properties" >"$dir/broker.log" 2>&1 </dev/null &
  local pid=$!
  echo "$pid" >"$dir/broker.pid"

  local tick
  for ((tick = 0; tick < 600; tick++)); do
    if ! kill -0 "$pid" 2>/dev/null; then
      die "the broker ended while starting: $(grep -E 'ERROR|FATAL|Exception' "$dir/broker.log" | head -n 5)"
    fi
    if grep -q 'Kafka Server started' "$dir/broker.log" && answers "$port"; then
      echo "127.0.0.1:$port"
      return
    fi
    sleep 0.1
  done
  kill -KILL "$pid"
  die "the broker did not answer within 60 s; see $dir/broker.log"
}

answers() {
  if command -v kcat >/dev/null; then
    kcat -b "127.0.0.1:$1" -L -m 2 2>/dev/null | grep -q ' 1 brokers:'
  else
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
  fi
}

# Ends the broker with a signal and waits until it is gone.
end() {
  local signal=$1 dir pid tick
  dir=$(cd "$2" 2>/dev/null && pwd) || die "no folder $2"
  pid=$(running_pid "$dir") || {
    rm -f "$dir/broker.pid"
    return 0
  }
  kill "-$signal" "$pid"
  for ((tick = 0; tick < 200; tick++)); do
    running_pid "$dir" >/dev/null || break
    ((tick == 100)) && kill -KILL "$pid" 2>/dev/null
    sleep 0.1
  done
  rm -f "$dir/broker.pid"
}

case ${1:-} in
  start) start "${@:2}" ;;
  stop) [[ $# -eq 2 ]] || usage; end TERM "$2" ;;
  kill) [[ $# -eq 2 ]] || usage; end KILL "$2" ;;
  topics)
    require_broker_files
    run_java org.apache.kafka.tools.TopicCommand "${@:2}"
    ;;
  *) usage ;;
esac
