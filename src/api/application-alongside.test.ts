/** The application that a message, a batch or a portal's token brings along. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApi } from "../../test/api/test-api.ts";

const message = { eventType: "order.made", payload: {} };

/** Asks for something in the application of this name, and brings the application along. */
const ways: Readonly<Record<string, (name: string, application: unknown) => [string, unknown]>> = {
  "a message": (name, application) => [`/api/v1/app/${name}/msg`, { ...message, application }],
  "a batch": (name, application) => [
    `/api/v1/app/${name}/msg/batch`,
    [message, { ...message, application }],
  ],
  "a portal's token": (name, application) => [
    `/api/v1/auth/app-portal-access/${name}`,
    { application },
  ],
};

for (const [what, way] of Object.entries(ways)) {
  test(`${what} makes the application of its path if there is none, and later ones leave it as it is`, async (t) => {
    const api = await createTestApi();
    t.after(() => api.server.close());
    const { backend } = api;
    for (const uid of [undefined, null, "shop"]) {
      const answer = await api.ask("POST", ...way("shop", { name: `Shop ${uid}`, uid }));
      assert.ok(answer.statusCode === 202 || answer.statusCode === 200, answer.body);
    }
    assert.equal(backend.controlReader.application("org_1", "shop")?.name, "Shop undefined");
    const page = { limit: 9, edge: undefined, order: "ascending" } as const;
    assert.equal(backend.controlReader.applications("org_1", page).length, 1);
  });

  test(`${what} makes no application under another uid than the path's, nor for an id`, async (t) => {
    const api = await createTestApi();
    t.after(() => api.server.close());
    const { backend } = api;
    const answer = await api.ask("POST", ...way("shop", { name: "Shop", uid: "Shop" }));
    assert.equal(answer.statusCode, 422);
    const place = what === "a batch" ? ["body", "1"] : ["body"];
    assert.deepEqual(answer.json(), {
      detail: [
        {
          loc: [...place, "application", "uid"],
          msg: 'Expected the path\'s "shop", got "Shop". Correct one of them, or leave this out.',
          type: "value_error",
        },
      ],
    });
    const id = `app_${"1".repeat(27)}`;
    for (const [name, application] of [
      [id, { name: "Shop", uid: id }],
      ["shop", null],
    ] as const) {
      assert.equal((await api.ask("POST", ...way(name, application))).statusCode, 404);
    }
    assert.equal(backend.controlReader.application("org_1", "shop"), undefined);
    assert.equal(backend.controlReader.application("org_1", id), undefined);
    assert.equal(backend.accepted.length, 0);
  });
}

test("an application that exists lets whatever is brought along go by", async (t) => {
  const api = await createTestApi();
  t.after(() => api.server.close());
  const { backend } = api;
  await api.ask("POST", "/api/v1/app", { name: "Shop", uid: "shop" });
  for (const way of Object.values(ways)) {
    const answer = await api.ask("POST", ...way("shop", { name: "Other", uid: "other" }));
    assert.ok(answer.statusCode < 300, answer.body);
  }
  assert.equal(backend.controlReader.application("org_1", "shop")?.name, "Shop");
  assert.equal(backend.controlReader.application("org_1", "other"), undefined);
});
