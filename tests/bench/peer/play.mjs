// Plays one team's end of shift against the peer and prints what it took, as one JSON line.
// Arguments: the team's file, an empty folder, how many processes the tablets are spread over.
import { fork, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const [file, folder, processes = '2'] = process.argv.slice(2)
const here = name => fileURLToPath(new URL(name, import.meta.url))
const workload = JSON.parse(readFileSync(file, 'utf8'))

const server = spawn(process.execPath, [here('server.mjs'), join(folder, 'peer.sqlite')], { stdio: ['ignore', 'pipe', 'inherit'] })
const lines = createInterface({ input: server.stdout })
const ready = await new Promise(resolve => lines.once('line', line => resolve(JSON.parse(line))))

// User and system time of all the server's threads, in ms; nanoseconds from the scheduler.
function cpu() {
  const tasks = `/proc/${ready.pid}/task`
  const spent = readdirSync(tasks).map(task => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]))
  return spent.reduce((sum, one) => sum + one, 0) / 1e6
}

function peakMemory() {
  const status = readFileSync(`/proc/${ready.pid}/status`, 'utf8')
  return Number(/VmHWM:\s*(\d+)/.exec(status)[1]) * 1024
}

const groups = Array.from({ length: Number(processes) }, () => [])
workload.tablets.forEach((tablet, at) => groups[at % groups.length].push(tablet.id))

function start(ids) {
  const child = fork(here('tablets.mjs'), [file, `ws://127.0.0.1:${ready.port}`, ids.join(',')])
  const answer = () => new Promise((resolve, reject) => {
    child.once('message', message => (message.failed ? reject(new Error(message.error)) : resolve(message)))
  })
  const order = (name, more = {}) => {
    const answered = answer()
    child.send({ order: name, ...more })
    return answered
  }
  return { ready: answer(), order }
}

const children = groups.map(start)
await Promise.all(children.map(child => child.ready))
await children[0].order('seed')
for (const child of children) await child.order('fetch')
const played = await Promise.all(children.map(child => child.order('ops')))

const wanted = {}
for (const held of played.flatMap(answer => answer.held)) {
  for (const [name, clocks] of Object.entries(held)) {
    const all = (wanted[name] ??= {})
    for (const [client, clock] of Object.entries(clocks)) all[client] = Math.max(all[client] ?? 0, clock)
  }
}

const before = cpu()
const begun = Date.now()
const ended = await Promise.all(children.map(child => child.order('online', { wanted })))
const equal = Math.max(...ended.map(answer => answer.equal))
const spent = cpu() - before
const counted = await Promise.all(children.map(child => child.order('stats')))
const sum = key => counted.reduce((total, one) => total + one[key], 0)
console.log(JSON.stringify({
  tablets: workload.tablets.length,
  ms: equal - begun,
  up: sum('up'),
  down: sum('down'),
  server_cpu_ms: spent,
  tablets_cpu_ms: ended.reduce((total, one) => total + one.cpu, 0),
  server_memory: peakMemory(),
}))
await Promise.all(children.map(child => child.order('stop')))
server.kill('SIGTERM')
setTimeout(() => process.exit(0), 100)
