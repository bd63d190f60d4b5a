#!/bin/bash
# Lines of an access log, TRAFFIC_RATE a second, to a topic until it is told to end: addresses as popular as
# Zipf's law has it, bots, a monitoring probe, and one abuser who never tires. "headgate ingest" is the process
# itself, so that a signal reaches it: it reads no more then, and sends what it has.
set -euo pipefail
exec headgate ingest --bootstrap-server "${KAFKA:-kafka:9092}" --topic access-log \
  --key field:/ip --limit 1000000/1s --json < <(exec awk -v rate="${TRAFFIC_RATE:-200}" '
    function line() {
      u = rand()
      agent = "Mozilla/5.0"
      if (u < 0.10) ip = "203.0.113.66"
      else if (u < 0.13) ip = "192.0.2.1"
      else if (u < 0.25) { ip = "198.51.100." int(1 + rand() * 8); agent = "examplebot/1.0" }
      else { rank = int(exp(rand() * log(5000))); ip = "10.0." int(rank / 250) "." (rank % 250 + 1) }
      printf "{\"ip\":\"%s\",\"agent\":\"%s\",\"path\":\"/%s/%d\",\"bytes\":%d}\n", ip, agent,
        rand() < 0.1 ? "orders" : "items", rand() * 1000, 200 + rand() * 20000
    }
    BEGIN {
      srand()
      start = systime()
      for (tenth = 1; ; tenth++) {
        due = tenth * rate / 10
        # A tick takes longer than it sleeps: what it is behind is made up for each second.
        if (due < (systime() - start) * rate) due = (systime() - start) * rate
        for (; sent < due; sent++) line()
        fflush()
        if (system("sleep 0.1") != 0) exit
      }
    }')
