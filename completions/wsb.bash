_wsb() {
    local line=${COMP_LINE:0:COMP_POINT} candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        [[ -n $candidate ]] && COMPREPLY+=("$candidate")
    done <<< "$(WSB_COMPLETE=bash _WSB_LINE="${line#*"${COMP_WORDS[0]}"}" _WSB_WORD="$2" wsb 2> /dev/null)"
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/] ]]; then
        compopt -o nospace 2> /dev/null
    elif [[ ${#COMPREPLY[@]} -eq 0 && $2 == [~$]* ]]; then
        compopt -o default 2> /dev/null
    fi
}
if [[ ${BASH_VERSINFO[0]} -gt 4 || ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4 ]]; then
    complete -o nosort -F _wsb wsb
else
    complete -F _wsb wsb
fi
