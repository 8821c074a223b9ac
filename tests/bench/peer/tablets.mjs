// Some of the peer's tablets in one process: they fetch their team, go offline, play the shift and
// go online when they are told. Orders come from the parent, as do the ids of the tablets.
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { readFileSync } from 'node:fs'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { clocks, fill, play, reaches } from './documents.mjs'

const [file, url, ids] = process.argv.slice(2)
const workload = JSON.parse(readFileSync(file, 'utf8'))

// Counts bytes below WebSocket: frames and the upgrade, without TLS, which is not there.
class CountedWebSocket extends WebSocket {
  constructor(...args) {
    super(...args)
    CountedWebSocket.opened.push(this)
    this.on('upgrade', response => { this.counted = response.socket })
    this.on('open', () => { this.counted = this._socket ?? this.counted })
  }
}
CountedWebSocket.opened = []

function bytes() {
  let up = 0
  let down = 0
  for (const socket of CountedWebSocket.opened) {
    up += socket.counted?.bytesWritten ?? 0
    down += socket.counted?.bytesRead ?? 0
  }
  return { up, down }
}

class Tablet {
  constructor(id) {
    this.id = id
    this.docs = new Map(workload.citizens.map(citizen => [citizen.id, new Y.Doc()]))
  }

  online() {
    this.socket = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: CountedWebSocket })
    const synced = [...this.docs].map(([name, document]) => new Promise(resolve => {
      const provider = new HocuspocusProvider({
        websocketProvider: this.socket, name, document, awareness: null,
        onSynced: ({ state }) => state && resolve(provider),
      })
      provider.attach()
    }))
    return Promise.all(synced)
  }

  offline() {
    this.socket.destroy()
  }
}

const tablets = ids.split(',').map(id => new Tablet(id))

const orders = {
  async seed() {
    const [tablet] = tablets
    for (const citizen of workload.citizens) fill(tablet.docs.get(citizen.id), citizen)
    const providers = await tablet.online()
    // "synced" tells that the server's state came; what was sent is acknowledged apart.
    while (providers.some(provider => provider.hasUnsyncedChanges)) await sleep(5)
    tablet.offline()
  },
  async fetch() {
    for (const tablet of tablets) {
      await tablet.online()
      tablet.offline()
    }
    CountedWebSocket.opened = []
  },
  async ops() {
    const begun = performance.now()
    for (const tablet of tablets) {
      const shift = workload.tablets.find(shift => shift.id === tablet.id)
      for (const op of shift.ops) play(tablet.docs.get(op.c), op)
    }
    const held = tablets.map(tablet => Object.fromEntries([...tablet.docs].map(([name, doc]) => [name, clocks(doc)])))
    return { held, ms: performance.now() - begun }
  },
  // Goes online; answers when every document of every tablet holds all that anybody did.
  async online({ wanted }) {
    const before = process.cpuUsage()
    const missing = new Set()
    const done = new Promise(resolve => {
      for (const tablet of tablets) {
        for (const [name, doc] of tablet.docs) {
          const all = Object.entries(wanted[name]).map(([client, clock]) => [Number(client), clock])
          if (reaches(doc, all)) continue
          const place = `${tablet.id}/${name}`
          missing.add(place)
          doc.on('afterTransaction', () => {
            if (missing.has(place) && reaches(doc, all) && missing.delete(place) && missing.size === 0) resolve()
          })
        }
      }
      if (missing.size === 0) resolve()
    })
    for (const tablet of tablets) tablet.online()
    await done
    const { user, system } = process.cpuUsage(before)
    return { equal: Date.now(), cpu: (user + system) / 1000 }
  },
  async stats() {
    return bytes()
  },
  async stop() {
    for (const tablet of tablets) tablet.offline()
    setTimeout(() => process.exit(0), 50)
  },
}

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

process.on('message', async order => {
  try {
    process.send({ done: order.order, ...(await orders[order.order](order)) })
  } catch (error) {
    process.send({ failed: order.order, error: String(error?.stack ?? error) })
  }
})
process.send({ done: 'ready' })
