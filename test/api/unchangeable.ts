/** Changing and deleting are tested over the real store (changes.test.ts). */
async function notHere(): Promise<never> {
  throw new Error("the fake changes nothing");
}

/** The writes that the in-memory backend does not have. */
export const unchangeable = {
  putApplication: notHere,
  changeApplication: notHere,
  deleteApplication: notHere,
  putEndpoint: notHere,
  changeEndpoint: notHere,
  changeEndpointHeaders: notHere,
  deleteEndpoint: notHere,
  rotateSecret: notHere,
  setHandPause: notHere,
  putEventType: notHere,
  putOperationalApplication: notHere,
  changeEventType: notHere,
  deleteEventType: notHere,
  startTask: notHere,
  cancelTask: notHere,
  advanceTask: notHere,
  rewriteEndpoint: notHere,
};
