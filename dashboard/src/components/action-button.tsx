import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, type ReactNode } from "react";
import { ProblemNotice } from "./notice.tsx";

export interface ActionButtonProps {
  readonly label: string;
  /** What it means, asked before it is done; undefined: it is done at once. */
  readonly question?: ReactNode;
  readonly isDangerous?: boolean;
  readonly act: () => Promise<unknown>;
  /** What to say when it is done. */
  readonly done: string;
}

/** Does something on the server, says what came of it, and has everything on the page asked for again. */
export function ActionButton({ label, question, isDangerous, act, done }: ActionButtonProps) {
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
  const confirm = () => {
    dialog.current?.close();
    mutate();
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
      {question !== undefined && (
        <dialog ref={dialog} aria-label={label}>
          <div className="question">{question}</div>
          <div className="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="button" className={className ?? "primary"} onClick={confirm}>
              {label}
            </button>
          </div>
        </dialog>
      )}
    </span>
  );
}
