import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, type RefObject, useRef, useState } from "react";
import { LabelledInput } from "./labelled-input.tsx";
import { ProblemNotice } from "./notice.tsx";

export interface ActionButtonProps {
  readonly label: string;
  /** What it means, asked before it is done; undefined: it is done at once. */
  readonly question?: ReactNode;
  /** What has to be typed below the question before it can be done, as any of these texts; undefined: nothing. */
  readonly typed?: { readonly label: string; readonly texts: readonly string[] };
  readonly isDangerous?: boolean;
  readonly act: () => Promise<unknown>;
  /** What to say when it is done. */
  readonly done: string;
}

/** Does something on the server, says what came of it, and has everything on the page asked for again. */
export function ActionButton(props: ActionButtonProps) {
  const { label, question, isDangerous, act, done } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const queries = useQueryClient();
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: act,
    onSuccess: () => queries.invalidateQueries(),
  });
  const begin = () => {
    if (question === undefined) mutate();
    else dialog.current?.showModal();
  };
  const className = isDangerous === true ? "danger" : undefined;
  return (
    <span className="action">
      <button type="button" className={className} disabled={isPending} onClick={begin}>
        {label}
      </button>
      <span role="status" className="action-done">
        {isSuccess && done}
      </span>
      {error !== null && <ProblemNotice error={error} />}
      {question !== undefined && <Question {...props} dialog={dialog} onConfirm={mutate} />}
    </span>
  );
}

type QuestionProps = Pick<ActionButtonProps, "label" | "question" | "typed" | "isDangerous"> & {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  readonly onConfirm: () => void;
};

function Question({ label, question, typed, isDangerous, dialog, onConfirm }: QuestionProps) {
  const [text, setText] = useState("");
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} aria-label={label} onClose={() => setText("")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          close();
          onConfirm();
        }}
      >
        <div className="question">
          {question}
          {typed !== undefined && (
            <LabelledInput
              label={typed.label}
              value={text}
              onChange={({ currentTarget }) => setText(currentTarget.value)}
            />
          )}
        </div>
        <div className="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            className={isDangerous === true ? "danger" : "primary"}
            disabled={typed !== undefined && !isAnyOf(typed.texts, text)}
          >
            {label}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** White space around aside. What is empty is none of them. */
function isAnyOf(texts: readonly string[], text: string): boolean {
  const given = text.trim();
  return given !== "" && texts.some((each) => each.trim() === given);
}
