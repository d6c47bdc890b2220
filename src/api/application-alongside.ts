/** An application that is made along with what is done in it, so that nobody has to ask first whether it is there. */
import { Type, type Static } from "typebox";
import type { Application } from "../control/entities.ts";
import { parseApplicationId } from "../core/ids.ts";
import { auditOf, type AskingRequest } from "./audited.ts";
import { ApplicationIn, newApplicationOf } from "./application.ts";
import { applicationOf, type ApiContext } from "./context.ts";
import { Problem } from "./problem.ts";

/** An application's fields, or null for "not given". */
export const applicationAlongside = Type.Unsafe<Static<typeof ApplicationIn.ref> | null>({
  anyOf: [ApplicationIn.ref, { type: "null" }],
  description: "Made if the path's id or uid is none yet; else ignored. Its uid is the path's.",
});

/**
 * The application in a request's path. If there is none, the given one is made with the path's name as its uid; else the
 * problem `not_found`, as it is for a path that has the form of an id. A uid that is given has to be the path's.
 *
 * @param place where in the request the application is given
 */
export async function applicationOrNew(
  context: ApiContext,
  request: Parameters<typeof applicationOf>[1] & AskingRequest,
  given: Static<typeof applicationAlongside> | undefined,
  place: readonly string[],
): Promise<Application> {
  const { organization, params } = request;
  const name = params.app_id;
  const known = context.controlReader.application(organization, name);
  if (known !== undefined) return known;
  if (!given || parseApplicationId(name) !== undefined) return applicationOf(context, request);
  const { uid = name } = newApplicationOf(given);
  if (uid !== name) {
    const msg = `Expected the path's ${JSON.stringify(name)}, got ${JSON.stringify(uid)}. Correct one of them, or leave this out.`;
    throw Problem.wrongFields([{ loc: [...place, "uid"], msg, type: "value_error" }]);
  }
  // Another request may have made it meanwhile.
  const input = { ...newApplicationOf(given), uid };
  const { application } = await auditOf(context, request).createApplication(
    organization,
    input,
    true,
  );
  return application;
}
