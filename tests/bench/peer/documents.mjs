// How the peer keeps a team: one Y.Doc per citizen, with the plan's items (the instruction is a
// Y.Text, as the library's users would have it), notes and ticks.
import * as Y from 'yjs'

export function fill(doc, citizen) {
  doc.transact(() => {
    const about = doc.getMap('about')
    about.set('name', citizen.name)
    about.set('address', citizen.address)
    const items = doc.getMap('items')
    for (const [id, item] of Object.entries(citizen.items)) {
      const map = new Y.Map()
      items.set(id, map)
      map.set('title', item.title)
      map.set('text', new Y.Text(item.text))
      map.set('minutes', item.minutes)
      map.set('slot', item.slot)
      map.set('days', item.days)
    }
    for (const note of citizen.notes) addNote(doc, note.id, note)
  })
}

function addNote(doc, id, { at, by, text }) {
  doc.getMap('notes').set(id, new Y.Map(Object.entries({ at, by, text })))
}

// Each op is a transaction of its own, as each is saved when the carer does it.
export function play(doc, op) {
  doc.transact(() => {
    const item = op.item === undefined ? undefined : doc.getMap('items').get(op.item)
    if (op.op === 'tick') {
      doc.getMap('ticks').set(op.id, new Y.Map(Object.entries({ item: op.item, at: op.at, by: op.by })))
    } else if (op.op === 'note') {
      addNote(doc, op.id, op)
    } else if (op.op === 'splice') {
      const text = item.get('text')
      const pos = Math.min(op.pos, text.length)
      if (op.del > 0) text.delete(pos, Math.min(op.del, text.length - pos))
      if (op.ins !== '') text.insert(pos, op.ins)
    } else if (op.op === 'set') {
      item.set(op.field, op.value)
    } else {
      throw new Error(`unknown op ${op.op}`)
    }
  })
}

export function clocks(doc) {
  return Object.fromEntries(Y.decodeStateVector(Y.encodeStateVector(doc)))
}

// Whether everything that `wanted` counts has come.
export function reaches(doc, wanted) {
  const clients = doc.store.clients
  for (const [client, clock] of wanted) {
    const structs = clients.get(client)
    if (structs === undefined) return false
    const last = structs[structs.length - 1]
    if (last.id.clock + last.length < clock) return false
  }
  return doc.store.pendingStructs === null
}
