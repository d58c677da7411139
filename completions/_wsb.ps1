Register-ArgumentCompleter -Native -CommandName wsb -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $text = $commandAst.Extent.Text
    $start = $commandAst.CommandElements[0].Extent.EndOffset - $commandAst.Extent.StartOffset
    $end = $cursorPosition - $commandAst.Extent.StartOffset
    $line = $text.PadRight($end).Substring($start, $end - $start)
    $env:WSB_COMPLETE = 'powershell'
    $env:_WSB_LINE = $line
    try {
        wsb 2> $null | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    } finally {
        Remove-Item Env:\WSB_COMPLETE, Env:\_WSB_LINE
    }
}
