import { useNavigate } from "@tanstack/react-router";
import { formText } from "../components/form-text.ts";
import { LabelledInput } from "../components/labelled-input.tsx";

/** Leads to the message that has an id, Posthorn's or the producer's. */
export function FindMessage({ application }: { readonly application: string }) {
  const navigate = useNavigate();
  return (
    <search>
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          const message = formText(event.currentTarget, "message");
          void navigate({
            to: "/applications/$application/messages/$message",
            params: { application, message },
          });
        }}
      >
        <LabelledInput label="Message's id or event id" name="message" required />
        <button type="submit">Find</button>
      </form>
    </search>
  );
}
