"""http.client and json of Python's own library, on one connection: `get` alone."""
import http.client
import json
import math
import sys
import time

count, url, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
HEADERS = {
    "Accept": "application/json",
    "Api-Version": "v2",
    "Authorization": "Bearer sandbox_key",
}
connection = http.client.HTTPConnection(url.removeprefix("http://"))


def run(times):
    for _ in range(times):
        connection.request("GET", path, headers=HEADERS)
        assert json.loads(connection.getresponse().read())["id"]


run(math.ceil(count / 10))
wall, cpu = time.monotonic(), time.process_time()
run(count)
print(f"{time.monotonic() - wall:.6f} {time.process_time() - cpu:.6f}")
