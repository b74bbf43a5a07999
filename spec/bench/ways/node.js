// http and JSON of Node's own library, on a kept connection: `get` alone.
const http = require("http");

const [count, url, path] = [Number(process.argv[2]), process.argv[3], process.argv[4]];
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const headers = {
  "Accept": "application/json", "Api-Version": "v2", "Authorization": "Bearer sandbox_key",
};

function get() {
  return new Promise((resolve, reject) => {
    http.get(url + path, { agent, headers }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => resolve(JSON.parse(Buffer.concat(pieces))));
    }).on("error", reject);
  });
}

async function run(times) {
  for (let i = 0; i < times; i++) if (!(await get()).id) throw new Error("no customer");
}

(async () => {
  await run(Math.ceil(count / 10));
  const wall = performance.now(), cpu = process.cpuUsage();
  await run(count);
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${((performance.now() - wall) / 1e3).toFixed(6)} ${((user + system) / 1e6).toFixed(6)}`);
  agent.destroy();
})();
