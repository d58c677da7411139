complete --keep-order --exclusive --command wsb --arguments "(WSB_COMPLETE=fish wsb -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
