// Grades pages of a site on this machine by the rules of Mozilla's observatory; one line of JSON for each page.
//   node grade.js HOST HTTP_PORT HTTPS_PORT PATH...
// Only HOST is asked. The observatory's list of preloaded names would come from the network: an empty one stands in
// its place, so that no name counts as preloaded.
import { existsSync, writeFileSync } from "node:fs";

const [host, httpPort, httpsPort, ...paths] = process.argv.slice(2);

const list = new URL("node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json", import.meta.url);
if (!existsSync(list)) writeFileSync(list, "{}");

const { ALL_TESTS } = await import("@mdn/mdn-http-observatory/src/constants.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await import("@mdn/mdn-http-observatory/src/grader/charts.js");
const { getGradeForScore, getScoreModifier } = await import("@mdn/mdn-http-observatory/src/grader/grader.js");
const { retrieve } = await import("@mdn/mdn-http-observatory/src/retriever/retriever.js");

// As the observatory's own scan() does, which knows no ports. Each page takes four requests: no faster than the site's
// limits let one address ask.
for (const path of paths) {
  await new Promise((done) => setTimeout(done, 200));
  const answers = await retrieve(host, { path, httpPort, httpsPort });
  const rules = ALL_TESTS.map((test) => test(answers)).map((rule) => ({
    rule: rule.constructor.name,
    result: rule.result,
    pass: rule.pass,
    points: getScoreModifier(rule.result),
  }));
  const lost = rules.reduce((sum, { points }) => sum + Math.min(points, 0), 0);
  const won = rules.reduce((sum, { points }) => sum + Math.max(points, 0), 0);
  const score = 100 + lost + (100 + lost >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? won : 0);
  console.log(
    JSON.stringify({ path, status: answers.responses.auto?.status ?? 0, ...getGradeForScore(score), rules }),
  );
}
