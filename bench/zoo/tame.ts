import { type Behaviour, onRequest, plainServer } from "../../test/security/zoo/behaviour.ts";

/** Slow, and within the deadline of 1 s also where the machine is busy. */
const answersAfterMs = 700;

/** The tame one by another name, so that endpoints of its own meet it: what it costs to meet as many for the first time. */
export function twinOf({ name }: Behaviour): Behaviour {
  return { ...tame, name: `tame-instead-of-${name}` };
}

/** As slow as the zoo, and well-behaved: what so many open attempts cost that nobody means any harm with. */
export const tame: Behaviour = {
  name: "tame",
  comesTo: 200,
  place: plainServer(
    onRequest((socket) => {
      setTimeout(
        () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        answersAfterMs,
      );
    }),
  ),
};
