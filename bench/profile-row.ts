import { describeSettings, type PythonSettings, pythonDefaults } from "./job.js";
import { partsOf, perfSamples, profileText } from "./profile.js";
import type { Conditions, Surroundings } from "./results.js";
import type { Row } from "./rows.js";
import { describePython, starter } from "./side.js";

/** Where the time of a row goes on our side, with Python's defaults, and with the named or first candidate for its best. */
export async function profileRow(
  row: Row,
  conditions: Conditions,
  surroundings: Surroundings,
  onProfile: (text: string) => void,
): Promise<void> {
  const start = await starter(row, conditions, surroundings);
  const runs = conditions.runs ?? row.runs;
  const best = row.candidates.find((settings) => describeSettings(settings) === conditions.best) ?? row.candidates[0];
  const look = async (settings?: PythonSettings) => {
    const name = settings ? describePython(settings) : "acinus";
    surroundings.say?.(`profiling ${name}`);
    const { contender } = await start(name, settings);
    try {
      await contender.check();
      const timed = await contender.run(Math.max(2, runs));
      const samples = settings
        ? (await contender.profile(runs)).map((operator) => ({ name: operator.name, weight: operator.seconds }))
        : await perfSamples(contender, Math.max(2, runs));
      onProfile(
        profileText(`${row.name}, ${name}: ${Math.min(...timed.seconds).toFixed(2)} s without the profiler`, partsOf(samples)),
      );
    } finally {
      await contender.close();
    }
  };
  await look();
  if (conditions.against !== "best") await look(pythonDefaults);
  if (conditions.against !== "defaults" && best) await look(best);
}
