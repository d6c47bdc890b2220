/** docs/configuration.md is what the table of settings says. `UPDATE_DOCS=1 npm test` writes it again. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { configFileSetting } from "../../src/main/settings.ts";
import { settingDefinitions } from "../../src/main/setting-definitions.ts";

const path = new URL("../../docs/configuration.md", import.meta.url);

test("docs/configuration.md has every setting as the program knows it", () => {
  const expected = configurationDocument();
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(path, expected);
  assert.equal(readFileSync(path, "utf8"), expected);
});

function configurationDocument(): string {
  const rows = [...Object.values(settingDefinitions), configFileSetting].map((definition) => {
    const { flag, environment, form, meaning } = definition;
    const given = "default" in definition ? definition.default : undefined;
    const otherwise = given === undefined ? "none" : given === "" ? "empty" : `\`${given}\``;
    const cells = [
      `\`--${flag}\``,
      `\`${environment}\``,
      `\`${form.replaceAll("|", "\\|")}\``,
      meaning,
      otherwise,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return `# Configuration

A flag beats the environment, which beats the settings file. Unknown settings and bad values are all reported at once, on standard
error, and nothing starts (exit code 2).

| flag | environment | form | meaning | default |
|---|---|---|---|---|
${rows.join("\n")}

The settings file is a JSON object whose keys are the flags' names without dashes in front; lists may be arrays:

\`\`\`json
{ "listen": "127.0.0.1:8071", "allow-subnets": ["127.0.0.0/8"], "retry-schedule": [5, 300, 1800] }
\`\`\`

As a library, \`startPosthorn\` takes the same settings by their names in camel case (\`retrySchedule\`, \`allowSubnets\`, …) and looks at
neither environment nor file.

This page is made from the table in \`src/main/setting-definitions.ts\`; a test compares the two.
`;
}
