// Two lists of domains, by @openmined/psi.js: keys, setup, request, response and
// intersection, as both sides do it.  Prints the domains in common, the processor
// seconds and the bytes that went over.
const PSI = require('@openmined/psi.js')
const n = Number(process.argv[2])
;(async () => {
  const psi = await PSI()
  const ours = Array.from({ length: n }, (_, i) => `company${i}.com`)
  const theirs = Array.from({ length: n }, (_, i) => `company${i * 2}.com`)
  const start = process.cpuUsage()
  const server = psi.server.createWithNewKey(true)
  const client = psi.client.createWithNewKey(true)
  const setup = server.createSetupMessage(1e-9, n, theirs, psi.dataStructure.Raw).serializeBinary()
  const request = client.createRequest(ours).serializeBinary()
  const response = server.processRequest(psi.request.deserializeBinary(request)).serializeBinary()
  const found = client.getIntersection(psi.serverSetup.deserializeBinary(setup), psi.response.deserializeBinary(response))
  const used = process.cpuUsage(start)
  console.log(found.length, ((used.user + used.system) / 1e6).toFixed(2), setup.length + request.length + response.length)
})()
