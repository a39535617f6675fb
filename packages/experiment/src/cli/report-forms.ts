/** The forms a report can take. */
export const REPORT_FORMS = ['text', 'html', 'markdown', 'junit'] as const;
