"""Amazon Web Services: who may do what, the account's audit, training jobs and the pipeline. Needs the extra aws."""
