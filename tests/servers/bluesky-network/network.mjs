// Runs an identity server (PLC), an AppView and a PDS on loopback until SIGTERM:
//   node network.mjs FOLDER_OF_NODE_MODULES DATABASE READY_FILE PLC_PORT PDS_PORT APPVIEW_PORT
// The packages would listen on all interfaces and may call out: both are stopped here first.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'

const [modules, database, ready, ...ports] = process.argv.slice(2)
const [plcPort, pdsPort, appviewPort] = ports.map(Number)
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1'])

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === 'number' || /^\d+$/.test(first)) {
    const callback = rest.find((given) => typeof given === 'function')
    return listen.call(this, { port: Number(first), host: '127.0.0.1' }, callback)
  }
  if (first?.port !== undefined) first = { ...first, host: '127.0.0.1' }
  return listen.call(this, first, ...rest)
}

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...given) {
  const wanted = Array.isArray(given[0]) ? given[0][0] : given[0]
  const host = typeof wanted === 'object' ? (wanted.path ? 'localhost' : wanted.host) : given[1]
  if (typeof host === 'string' && !LOOPBACK.has(host)) {
    queueMicrotask(() => this.destroy(new Error(`${host} is not on loopback`)))
    return this
  }
  return connect.apply(this, given)
}

// The limits stay, their windows are short: a test can wait for one to open.
const require = createRequire(`${modules}/`)
const limiter = require('rate-limiter-flexible')
const Memory = limiter.RateLimiterMemory
limiter.RateLimiterMemory = class extends Memory {
  constructor(options, ...rest) {
    const points = Math.min(options.points, Number(process.env.POINTS ?? 40))
    super({ ...options, points, duration: Number(process.env.WINDOW_S ?? options.duration) }, ...rest)
  }
}

const { TestBsky, TestPds, TestPlc, mockNetworkUtilities } = require('@atproto/dev-env')
const started = []
const stop = async (code) => {
  for (const server of started.reverse()) await server.close().catch(() => {})
  process.exit(code)
}
process.on('SIGTERM', () => stop(0))

try {
  const plc = await TestPlc.create({ port: plcPort })
  started.push(plc)
  const appview = await TestBsky.create({
    port: appviewPort,
    plcUrl: plc.url,
    pdsPort,
    repoProvider: `ws://localhost:${pdsPort}`,
    publicUrl: `http://localhost:${appviewPort}`,
    dbPostgresUrl: database,
    dbPostgresSchema: 'appview',
  })
  started.push(appview)
  const pds = await TestPds.create({
    port: pdsPort,
    hostname: 'localhost',
    didPlcUrl: plc.url,
    bskyAppViewUrl: appview.url,
    bskyAppViewDid: appview.ctx.cfg.serverDid,
    enableDidDocWithSession: true,
    rateLimitsEnabled: true,
    rateLimitBypassKey: process.env.BYPASS,
  })
  started.push(pds)
  mockNetworkUtilities(pds, appview) // handles under .test are known to the PDS only
  writeFileSync(ready, 'ready\n')
} catch (error) {
  console.error(`Error: ${error.message}`)
  await stop(1)
}
