// The peer's server: Hocuspocus with its SQLite extension. Arguments: the database's file.
// Prints its port when it listens; SIGTERM ends it after everything was stored.
import { Server } from '@hocuspocus/server'
import { SQLite } from '@hocuspocus/extension-sqlite'

const server = new Server({
  port: 0,
  address: '127.0.0.1',
  quiet: true,
  stopOnSignals: false,
  extensions: [new SQLite({ database: process.argv[2] })],
})
await server.listen()
console.log(JSON.stringify({ port: server.httpServer.address().port, pid: process.pid }))
process.on('SIGTERM', async () => {
  await server.destroy()
  process.exit(0)
})
