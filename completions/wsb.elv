
set edit:completion:arg-completer[wsb] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) WSB_COMPLETE="elvish" wsb -- $@words) | to-lines
}

