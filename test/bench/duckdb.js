// Usage: node duckdb.js DATABASE THREADS
//
// Runs the SQL it is given, one JSON request a line on standard input, and
// answers each with one JSON line: {seconds, row} or {error}.  It ends with its
// input, so that nothing stays behind when the caller dies.
const { DuckDBInstance } = require('@duckdb/node-api');

async function main() {
  const [database, threads] = process.argv.slice(2);
  const instance = await DuckDBInstance.create(database, { threads });
  const connection = await instance.connect();

  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    let answer;
    try {
      const start = process.hrtime.bigint();
      const reader = await connection.runAndReadAll(JSON.parse(line).sql);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      answer = { seconds, row: reader.getRowsJson()[0] ?? [] };
    } catch (error) {
      answer = { error: String(error.message ?? error) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
}

main().catch((error) => {
  process.stdout.write(JSON.stringify({ error: String(error.message ?? error) }) + '\n');
  process.exitCode = 1;
});
